#!/usr/bin/env bash
# Trains small models (width 128, depth 4, 64,000 samples) with parts of the recipe changed, and specialists of the same size,
# and evaluates them. It needs the scenes, latents, autoencoder and judge that reproduce.sh makes:
#
#   examples/model-shapes/first/ablation.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
cd "${1:?name the folder that reproduce.sh made}"
. "$recipe/train-model.sh"
size='"width": 128, "depth": 4'
optimization='"learningRate": 2e-3, "schedule": "HOLD", "warmUpSteps": 200, "decaySteps": 400, "finalLearningRate": 0,
    "emaDecay": 0.995'
steps=1000
every=1000
sampling=(--sampler heun --steps 10 --guidance 3 --reading-sampler euler --reading-steps 5)

# mixed NONE ALONE: conditions of which NONE have none and ALONE, one share per modality, only that one
mixed() {
  echo "\"conditioning\": {\"scheme\": {\"type\": \"mixed-conditions\", \"none\": $1, \"alone\": [$2], \"latest\": 0.01}, \"supervision\": {\"rgbOnly\": 0, \"dropping\": \"NONE\"}${3:-}}"
}

# variant NAME LOSS [MODEL [ALIGNMENT]]
variant() {
  train "ablation/$1" rgb,depth,normal,segmentation "${3:-\"projections\": [],}" "$2" ${4:+"$4"}
  "${mmgen[@]}" evaluate shapes understanding --model "ablation/$1/model" --scenes 128 --seeds 1 --out "ablation/$1/reading"
  "${mmgen[@]}" evaluate shapes generation --model "ablation/$1/model" --judge judge.safetensors --count 200 --out "ablation/$1/drawing"
}

equal='"modalityWeights": [1, 1, 1, 1]'
base=$(mixed 0.35 "0.30, 0.08, 0.08, 0.08")
null='"givenClassDropout": 0.7'

variant base "$base, $equal, $null"
variant official '"conditioning": "released"'
variant weights-double "$base, $null, \"modalityWeights\": [1, 2, 2, 2]"
variant draw-more "$(mixed 0.60 "0.15, 0.05, 0.05, 0.05"), $equal, $null"
variant read-more "$(mixed 0.20 "0.50, 0.07, 0.07, 0.07"), $equal, $null"
variant single-conditions "$(mixed 0.35 "0.36, 0.10, 0.10, 0.09"), $equal, $null"
variant class-known "$base, $equal"
variant logit-normal "$(mixed 0.35 "0.30, 0.08, 0.08, 0.08" ", \"times\": {\"type\": \"logit-normal\"}"), $equal, $null"
variant self-alignment "$base, $equal, $null" '"projections": [128],' '"weight": 0.5, "teacher": {"type": "ema"}'

specialists ablation/only-
"${mmgen[@]}" evaluate shapes understanding --model ablation/base/model "${readers[@]}" --scenes 128 --seeds 1 \
  --out ablation/specialists
"${mmgen[@]}" evaluate shapes generation --model ablation/base/model --single ablation/only-rgb/model --judge judge.safetensors \
  --count 200 --out ablation/single
