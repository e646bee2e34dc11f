#!/usr/bin/env bash
# Trains small models (width 128, depth 4, 64,000 samples) with parts of the recipe changed, and specialists of the same size,
# and evaluates them. It needs the scenes, latents, autoencoder and judge that reproduce.sh makes:
#
#   examples/model-shapes/recipe/ablation.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../target/mmgen.jar")
cd "${1:?name the folder that reproduce.sh made}"
mkdir -p ablation
categories=sphere,cube,cylinder,cone,torus,pyramid,capsule,rings,arch,table

# train NAME MODALITIES MODEL OBJECTIVE: a model folder ablation/NAME/model.
train() {
  local folder=ablation/$1 names=() moments=() modality
  [ -d "$folder/model" ] && return
  for modality in ${2//,/ }; do
    names+=("\"$modality\"")
    moments+=(--moments "$modality=latents/${modality/segmentation/mask}.h5")
  done
  cat > "ablation/$1.json" <<JSON
{
  "model": {
    "inputSize": 16, "patchSize": 2, "latentChannels": 4, "modalities": ${#names[@]}, "width": 128, "depth": 4, "heads": 4,
    "classes": 10, "nullClass": true, "jointHeads": true, "timeEmbedding": "PER_MODALITY", "taskEmbedding": true, $3
    "projectorWidth": 384, "projectionDepth": 3
  },
  "modalities": [$(IFS=,; echo "${names[*]}")],
  "objective": {"alignmentWeight": 0, $4},
  "optimization": {
    "learningRate": 2e-3, "schedule": "HOLD", "warmUpSteps": 200, "fallingSteps": 400, "finalLearningRate": 0, "averageDecay": 0.995
  },
  "precision": "BFLOAT16", "batchSize": 64, "steps": 1000, "seed": 2503, "saving": {"every": 1000, "keep": 1}
}
JSON
  [ -f "ablation/$1-statistics.json" ] ||
    "${mmgen[@]}" prepare statistics "${moments[@]}" --limit 4000 --out "ablation/$1-statistics.json"
  "${mmgen[@]}" train --plan "ablation/$1.json" --index train/latents.jsonl "${moments[@]}" \
    --statistics "ablation/$1-statistics.json" --threads 1 --out "$folder"
  "${mmgen[@]}" convert "$folder/checkpoints/0001000.pt" --vae autoencoder --statistics "ablation/$1-statistics.json" \
    --modalities "$2" --sampler heun --steps 10 --guidance 3 --reading-sampler euler --reading-steps 5 \
    --categories "$categories" --out "$folder/model"
}

# variant NAME OBJECTIVE [MODEL]
variant() {
  train "$1" rgb,depth,normal,segmentation "${3:-\"projections\": [],}" "$2"
  "${mmgen[@]}" evaluate shapes understanding --model "ablation/$1/model" --scenes 128 --seeds 1 --out "ablation/$1/reading"
  "${mmgen[@]}" evaluate shapes generation --model "ablation/$1/model" --judge judge.safetensors --count 200 --out "ablation/$1/drawing"
}

equal='"modalityWeights": [1, 1, 1, 1]'
mixed='"recipe": "MIXED", "conditionShares"'
base="$mixed: [0.35, 0.30, 0.08, 0.08, 0.08]"
null='"givenClassDropout": 0.7'

variant base "$base, $equal, $null"
variant official '"recipe": "RELEASED"'
variant weights-double "$base, $null, \"modalityWeights\": [1, 2, 2, 2]"
variant draw-more "$mixed: [0.60, 0.15, 0.05, 0.05, 0.05], $equal, $null"
variant read-more "$mixed: [0.20, 0.50, 0.07, 0.07, 0.07], $equal, $null"
variant single-conditions "$mixed: [0.35, 0.36, 0.10, 0.10, 0.09], $equal, $null"
variant class-known "$base, $equal"
variant logit-normal "$base, $equal, $null, \"logitNormalTimes\": {\"mean\": 0, \"deviation\": 1}"
variant self-alignment "$base, $equal, $null, \"alignment\": \"SELF\", \"alignmentWeight\": 0.5" '"projections": [128],'

specialists=()
for modality in depth normal segmentation; do
  train "only-$modality" "rgb,$modality" '"projections": [],' \
    '"recipe": "GIVEN", "modalityWeights": [1, 1], "givenClassDropout": 1'
  specialists+=(--specialist "$modality=ablation/only-$modality/model")
done
train only-rgb rgb '"projections": [],' '"recipe": "DECOUPLED", "modalityWeights": [1]'
"${mmgen[@]}" evaluate shapes understanding --model ablation/base/model "${specialists[@]}" --scenes 128 --seeds 1 \
  --out ablation/specialists
"${mmgen[@]}" evaluate shapes generation --model ablation/base/model --single ablation/only-rgb/model --judge judge.safetensors \
  --count 200 --out ablation/single
