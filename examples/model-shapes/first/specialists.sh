#!/usr/bin/env bash
# Trains models of the shipped one's size for one job each: depth, normals and segmentation from photos, and drawing photos. Each
# gets a quarter of the shipped model's samples (2,750 steps of 64), so that together they cost as much as the one model for
# all jobs. Then it compares. It needs the folder that reproduce.sh made:
#
#   examples/model-shapes/first/specialists.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
cd "${1:?name the folder that reproduce.sh made}"
# Without these, glibc gives large blocks back to the system after every operator and asks for them anew.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592

. "$recipe/train-model.sh"
size='"width": 192, "depth": 8'
# The EMA is over few steps: in so short a run, one over a thousand, as the shipped model's, would still hold weights from
# before the rate fell.
optimization='"learningRate": 1e-3, "schedule": "HOLD", "warmUpSteps": 500, "decaySteps": 750, "finalLearningRate": 0,
    "emaDecay": 0.98'
steps=2750
every=500
sampling=(--sampler dpm-solver-sde --steps 30 --guidance 3 --guidance-interval 0.3 1
  --reading-sampler euler --reading-steps 2)

specialists specialists/
"${mmgen[@]}" evaluate shapes understanding --model model "${readers[@]}" --out specialists/reading
"${mmgen[@]}" evaluate shapes generation --model model --single specialists/rgb/model --judge judge.safetensors --count 500 \
  --out specialists/drawing
