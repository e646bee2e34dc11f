#!/usr/bin/env bash
# Begins the second edition of the model: autoencoder and judge of the world's second edition (128 x 128, sixteen categories).
# Every step goes on where it was cut off. Run it after the build, from the project's root:
#
#   examples/model-shapes/recipe2/reproduce.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
mkdir -p "${1:?name a folder with 4 GB of room}"
cd "$1"

# Without these, glibc gives large blocks back to the system after every operator and asks for them anew.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592

"${mmgen[@]}" shapes render --edition second --split validation --count 600 --out validation

# Scenes are rendered as they are needed, each is seen once: photo, depth, normals, mask, instances and edges.
"${mmgen[@]}" train-vae --scenes second --plan "$recipe/autoencoder.json" --out vae \
  --validation validation/index.jsonl --export autoencoder

"${mmgen[@]}" shapes render --edition second --split train --count 20000 --out train
[ -f judge.safetensors ] ||
  "${mmgen[@]}" shapes train-judge --edition second --index train/index.jsonl --validation validation/index.jsonl \
    --steps 6000 --out judge.safetensors
