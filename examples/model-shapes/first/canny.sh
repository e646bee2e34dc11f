#!/usr/bin/env bash
# Teaches the small model Canny edges, in the slot of segmentation and in a fifth slot. Run after reproduce.sh, on its folder:
#
#   examples/model-shapes/first/canny.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
cd "${1:?name the folder that reproduce.sh made}"
categories=sphere,cube,cylinder,cone,torus,pyramid,capsule,rings,arch,table

head -n 8000 train/latents.jsonl > train/canny.jsonl
"${mmgen[@]}" prepare canny --index train/canny.jsonl --modality canny --out canny
"${mmgen[@]}" prepare latents --index canny/index.jsonl --vae autoencoder --size 64 --modality canny --out latents

# teach NAME MODALITIES OPTION: a model folder canny-NAME/model.
teach() {
  local moments=() modality
  [ -d "canny-$1/model" ] && return
  for modality in ${2//,/ }; do
    moments+=(--latents "$modality=latents/${modality/segmentation/mask}.h5")
  done
  "${mmgen[@]}" finetune model "${@:3}" --plan "$recipe/canny-$1.json" --index canny/index.jsonl "${moments[@]}" \
    --threads 1 --out "canny-$1"
  "${mmgen[@]}" convert "canny-$1/checkpoints/0001200.pt" --vae autoencoder --statistics "canny-$1/latents.json" \
    --modalities "$2" --dtype bfloat16 --sampler dpm-solver-sde --steps 30 --guidance 3 --guidance-interval 0.3 1 \
    --reading-sampler euler --reading-steps 5 \
    --categories "$categories" --out "canny-$1/model"
}

teach replace rgb,depth,normal,canny --replace segmentation=canny
teach add rgb,depth,normal,segmentation,canny --add canny
