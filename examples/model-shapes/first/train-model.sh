# Sourced by the scripts that train several models to compare them. They set
#   mmgen         the command line
#   size          the model's width and depth, as JSON
#   optimization  learning rates and EMA, as JSON
#   steps, every  how many steps, and how many from one checkpoint to the next
#   sampling      options of 'mmgen convert': how the model folders sample

# train FOLDER MODALITIES MODEL LOSS [ALIGNMENT]: a model folder FOLDER/model. MODEL, LOSS and ALIGNMENT are JSON that goes into
# the plan; without ALIGNMENT there is none.
train() {
  local names=() moments=() modality
  [ -d "$1/model" ] && return
  mkdir -p "$(dirname "$1")"
  for modality in ${2//,/ }; do
    names+=("\"$modality\"")
    moments+=(--latents "$modality=latents/${modality/segmentation/mask}.h5")
  done
  cat > "$1.json" <<JSON
{
  "model": {
    "inputSize": 16, "patchSize": 2, "latentChannels": 4, "modalities": ${#names[@]}, $size, "heads": 4,
    "classes": 10, "nullClass": true, "jointHeads": true, "timeEmbedding": "PER_MODALITY", "taskEmbedding": true, $3
    "projectorWidth": 384, "projectionDepth": 3
  },
  "modalities": [$(IFS=,; echo "${names[*]}")],
  "loss": {"alignment": {${5:-\"weight\": 0}}, $4},
  "optimization": {$optimization},
  "precision": "BFLOAT16", "batchSize": 64, "steps": $steps, "seed": 2503, "checkpointing": {"every": $every, "keep": 1}
}
JSON
  [ -f "$1-statistics.json" ] || "${mmgen[@]}" prepare statistics "${moments[@]}" --limit 4000 --out "$1-statistics.json"
  "${mmgen[@]}" train --plan "$1.json" --index train/latents.jsonl "${moments[@]}" --statistics "$1-statistics.json" \
    --threads 1 --out "$1"
  "${mmgen[@]}" convert "$1/checkpoints/$(printf %07d "$steps").pt" --vae autoencoder --statistics "$1-statistics.json" \
    --modalities "$2" "${sampling[@]}" --categories sphere,cube,cylinder,cone,torus,pyramid,capsule,rings,arch,table \
    --out "$1/model"
}

# specialists PREFIX: PREFIXdepth, PREFIXnormal and PREFIXsegmentation that read from photos, PREFIXrgb that draws photos; the
# readers as options of 'mmgen evaluate' in readers.
specialists() {
  local modality
  readers=()
  for modality in depth normal segmentation; do
    train "$1$modality" "rgb,$modality" '"projections": [],' \
      '"conditioning": "given", "modalityWeights": [1, 1], "givenClassDropout": 1'
    readers+=(--specialist "$modality=$1$modality/model")
  done
  train "$1rgb" rgb '"projections": [],' '"conditioning": "decoupled", "modalityWeights": [1]'
}
