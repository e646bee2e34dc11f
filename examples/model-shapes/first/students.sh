#!/usr/bin/env bash
# Teaches copies of the first edition to draw with fewer evaluations: one that has guidance in it, and one that draws in four steps. Every
# step goes on where it was cut off. Run after reproduce.sh, on its folder:
#
#   examples/model-shapes/first/students.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
cd "${1:?name the folder that reproduce.sh made}"

# Without these, glibc gives large blocks back to the system after every operator and asks for them anew.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592

head -n 20000 train/index.jsonl > train/students.jsonl

[ -f guided/model.safetensors ] ||
  "${mmgen[@]}" distill guidance model --data train/students.jsonl --steps 1500 --batch 32 --out guided
[ -f fast/model.safetensors ] ||
  "${mmgen[@]}" distill flow-map guided --data train/students.jsonl --steps 3600 --batch 32 --precision bfloat16 --out fast

for model in guided fast; do
  "${mmgen[@]}" evaluate shapes understanding --model "$model" --out "evaluation-$model"
  "${mmgen[@]}" evaluate shapes generation --model "$model" --judge judge.safetensors --count 200 --out "evaluation-$model"
done
