#!/usr/bin/env bash
# Trains models of the shipped one's size for one job each: depth, normals and segmentation from photos, and drawing photos. Each
# gets a quarter of the shipped model's samples (2,750 steps of 64), so that together they cost as much as the one model for
# all jobs. Then it compares. It needs the folder that reproduce.sh made:
#
#   examples/model-shapes/recipe/specialists.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../target/mmgen.jar")
cd "${1:?name the folder that reproduce.sh made}"
mkdir -p specialists
# Without these, glibc gives large blocks back to the system after every operator and asks for them anew.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592

# train NAME MODALITIES OBJECTIVE: a model folder specialists/NAME/model. The average is over few steps: in so short a run, one
# over a thousand, as the shipped model's, would still hold weights from before the rate fell.
train() {
  local folder=specialists/$1 names=() moments=() modality
  [ -d "$folder/model" ] && return
  for modality in ${2//,/ }; do
    names+=("\"$modality\"")
    moments+=(--moments "$modality=latents/${modality/segmentation/mask}.h5")
  done
  cat > "$folder.json" <<JSON
{
  "model": {
    "inputSize": 16, "patchSize": 2, "latentChannels": 4, "modalities": ${#names[@]}, "width": 192, "depth": 8, "heads": 4,
    "classes": 10, "nullClass": true, "jointHeads": true, "timeEmbedding": "PER_MODALITY", "taskEmbedding": true,
    "projections": [], "projectorWidth": 384, "projectionDepth": 3
  },
  "modalities": [$(IFS=,; echo "${names[*]}")],
  "objective": {"alignmentWeight": 0, $3},
  "optimization": {
    "learningRate": 1e-3, "schedule": "HOLD", "warmUpSteps": 500, "fallingSteps": 750, "finalLearningRate": 0, "averageDecay": 0.98
  },
  "precision": "BFLOAT16", "batchSize": 64, "steps": 2750, "seed": 2503, "saving": {"every": 500, "keep": 1}
}
JSON
  [ -f "$folder-statistics.json" ] ||
    "${mmgen[@]}" prepare statistics "${moments[@]}" --limit 4000 --out "$folder-statistics.json"
  "${mmgen[@]}" train --plan "$folder.json" --index train/latents.jsonl "${moments[@]}" \
    --statistics "$folder-statistics.json" --threads 1 --out "$folder"
  "${mmgen[@]}" convert "$folder/checkpoints/0002750.pt" --vae autoencoder --statistics "$folder-statistics.json" \
    --modalities "$2" --sampler dpm-solver-sde --steps 20 --guidance 3 --reading-sampler euler --reading-steps 2 \
    --categories sphere,cube,cylinder,cone,torus,pyramid,capsule,rings,arch,table --out "$folder/model"
}

specialists=()
for modality in depth normal segmentation; do
  train "$modality" "rgb,$modality" '"recipe": "GIVEN", "modalityWeights": [1, 1], "givenClassDropout": 1'
  specialists+=(--specialist "$modality=specialists/$modality/model")
done
train rgb rgb '"recipe": "DECOUPLED", "modalityWeights": [1]'

"${mmgen[@]}" evaluate shapes understanding --model model "${specialists[@]}" --out specialists/reading
"${mmgen[@]}" evaluate shapes generation --model model --single specialists/rgb/model --judge judge.safetensors --count 500 \
  --out specialists/drawing
