#!/usr/bin/env bash
# Teaches copies of the model in the box to draw with fewer evaluations: one that has guidance in it, and one that draws in four steps.
# Every step goes on where it was cut off. Run it after the build, from the project's root:
#
#   examples/model-shapes/recipe/students.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
mkdir -p "${1:?name a folder with 2 GB of room}"
cd "$1"

# Without these, glibc gives large blocks back to the system after every operator and asks for them anew.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592

"${mmgen[@]}" shapes render --split train --count 20000 --out train
"${mmgen[@]}" shapes render --split validation --count 600 --out validation

[ -f guided/model.safetensors ] ||
  "${mmgen[@]}" distill guidance --data train/index.jsonl --steps 1500 --batch 32 --out guided
[ -f fast/model.safetensors ] ||
  "${mmgen[@]}" distill flow-map guided --data train/index.jsonl --steps 3600 --batch 32 --precision bfloat16 --out fast

[ -f judge.safetensors ] ||
  "${mmgen[@]}" shapes train-judge --index train/index.jsonl --validation validation/index.jsonl --steps 1500 --out judge.safetensors

for model in guided fast; do
  "${mmgen[@]}" evaluate shapes understanding --model "$model" --out "evaluation-$model"
  "${mmgen[@]}" evaluate shapes generation --model "$model" --judge judge.safetensors --count 200 --out "evaluation-$model"
done
