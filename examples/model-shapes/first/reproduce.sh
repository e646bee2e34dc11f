#!/usr/bin/env bash
# Makes the model of the world of shapes from nothing: scenes, autoencoder, latents, transformer, model folder, evaluation.
# Every step goes on where it was cut off. Run it after the build, from the project's root:
#
#   examples/model-shapes/first/reproduce.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
mkdir -p "${1:?name a folder with 4 GB of room}"
cd "$1"

# Without these, glibc gives large blocks back to the system after every operator and asks for them anew.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592

"${mmgen[@]}" shapes render --edition first --split train --count 60000 --out train
"${mmgen[@]}" shapes render --edition first --split validation --count 600 --out validation
head -n 40000 train/index.jsonl > train/latents.jsonl

"${mmgen[@]}" train-vae --index train/index.jsonl --validation validation/index.jsonl \
  --out vae --export autoencoder

moments=()
for modality in rgb depth normal mask; do
  moments+=(--latents "$modality=latents/$modality.h5")
done
"${mmgen[@]}" prepare latents --index train/latents.jsonl --vae autoencoder --size 64 --out latents
[ -f statistics.json ] || "${mmgen[@]}" prepare statistics "${moments[@]}" --limit 4000 --out statistics.json

# Reading photos gets a larger share after the first 3,500 steps: the ablations came between. At step 11,000 the rate, which has
# fallen to nothing, is raised again.
for plan in transformer-1.json transformer-2.json transformer-3.json; do
  "${mmgen[@]}" train --plan "$recipe/$plan" --index train/latents.jsonl "${moments[@]/mask=/segmentation=}" \
    --statistics statistics.json --workers 2 --out transformer
done

[ -d model ] || "${mmgen[@]}" convert "$(ls transformer/checkpoints/*.pt | tail -n 1)" --vae autoencoder --statistics statistics.json \
  --dtype bfloat16 --sampler dpm-solver-sde --steps 30 --guidance 3 --guidance-interval 0.3 1 \
  --reading-sampler euler --reading-steps 2 \
  --categories sphere,cube,cylinder,cone,torus,pyramid,capsule,rings,arch,table --out model

[ -f judge.safetensors ] ||
  "${mmgen[@]}" shapes train-judge --edition first --index train/index.jsonl --validation validation/index.jsonl --steps 3000 \
    --out judge.safetensors

"${mmgen[@]}" evaluate shapes understanding --model model --out evaluation
"${mmgen[@]}" evaluate shapes generation --model model --judge judge.safetensors --count 500 --out evaluation
"${mmgen[@]}" evaluate shapes conditions --model model --judge judge.safetensors --scenes 120 --out evaluation
