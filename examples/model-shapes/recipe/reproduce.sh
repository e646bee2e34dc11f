#!/usr/bin/env bash
# Makes the model in the box from nothing: autoencoder, scenes, latents, transformer, model folder, judge, evaluation. Every step goes on
# where it was cut off. Run it after the build, from the project's root:
#
#   examples/model-shapes/recipe/reproduce.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
mkdir -p "${1:?name a folder with 12 GB of room}"
cd "$1"

# Without these, glibc gives large blocks back to the system after every operator and asks for them anew.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592

"${mmgen[@]}" shapes render --edition second --split validation --count 600 --out validation

# Scenes are rendered as they are needed, each is seen once: photo, depth, normals, mask, instances and edges.
[ -f autoencoder/config.json ] ||
  "${mmgen[@]}" train-vae --scenes second --plan "$recipe/autoencoder.json" --out vae \
    --validation validation/index.jsonl --export autoencoder

"${mmgen[@]}" shapes render --edition second --split train --count 60000 --out train
moments=()
for modality in rgb depth normal mask; do
  moments+=(--latents "$modality=latents/$modality.h5")
done
"${mmgen[@]}" prepare latents --index train/index.jsonl --vae autoencoder --out latents
[ -f statistics.json ] || "${mmgen[@]}" prepare statistics "${moments[@]}" --limit 4000 --out statistics.json
# The second part draws more: at step 7,800 the rate, which has fallen to nothing, is raised again.
for plan in transformer-1.json transformer-2.json; do
  "${mmgen[@]}" train --plan "$recipe/$plan" --index train/index.jsonl "${moments[@]/mask=/segmentation=}" \
    --statistics statistics.json --out transformer
done

[ -d model ] || "${mmgen[@]}" convert "$(ls transformer/checkpoints/*.pt | tail -n 1)" --vae autoencoder --statistics statistics.json \
  --dtype bfloat16 --sampler dpm-solver-sde --steps 30 --guidance 3 --guidance-interval 0.3 1 \
  --reading-sampler direct --reading-steps 1 \
  --categories sphere,cube,cylinder,cone,torus,pyramid,capsule,rings,arch,table,stairs,star,mug,mushroom,gem,chair --out model

"${mmgen[@]}" evaluate shapes understanding --model model --out evaluation

[ -f judge.safetensors ] ||
  "${mmgen[@]}" shapes train-judge --edition second --index train/index.jsonl --validation validation/index.jsonl \
    --steps 1500 --out judge.safetensors
"${mmgen[@]}" evaluate shapes generation --model model --judge judge.safetensors --count 500 --out evaluation
"${mmgen[@]}" evaluate shapes conditions --model model --judge judge.safetensors --scenes 60 --out evaluation
