#!/usr/bin/env bash
# Makes the model in the box from nothing: autoencoder, scenes, latents, transformer, model folder, judge, evaluation; then students
# of it. Every step goes on where it was cut off; a folder of an earlier recipe is none to go on in. Run it after the build, from the project's
# root:
#
#   examples/model-shapes/recipe/reproduce.sh FOLDER
set -euo pipefail
recipe=$(dirname "$(readlink -f "$0")")
mmgen=("${JAVA:-java}" -jar "$recipe/../../cli/target/mmgen.jar")
mkdir -p "${1:?name a folder with 20 GB of room}"
cd "$1"

# Without these, glibc gives large blocks back to the system after every operator and asks for them anew.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592

"${mmgen[@]}" shapes render --edition second --split validation --count 600 --out validation

# Scenes are rendered as they are needed, each is seen once: photo, depth, normals, mask, instances and edges.
[ -f autoencoder/config.json ] ||
  "${mmgen[@]}" train-vae --scenes second --plan "$recipe/autoencoder.json" --out vae \
    --validation validation/index.jsonl --export autoencoder

# Renders and encodes training scenes from a certain one on, those that are chosen; more options say how they are encoded.
choice=()
scenes() {
  "${mmgen[@]}" shapes render --edition second --split train --first "$1" --count "$2" "${choice[@]}" --out "$3"
  "${mmgen[@]}" prepare latents --index "$3/index.jsonl" --vae autoencoder --modality rgb,depth,normal,mask --out "$3/latents" "${@:4}"
}

# Sets the options that name the latents of scenes.
latents() {
  moments=()
  for modality in rgb depth normal segmentation; do
    moments+=(--latents "$modality=$1/latents/${modality/segmentation/mask}.h5")
  done
}

# Trains on scenes by a plan; more options say where, and what to begin with.
train() {
  latents "$2"
  "${mmgen[@]}" train --plan "$recipe/$1.json" --index "$2/index.jsonl" "${moments[@]}" --statistics statistics.json "${@:3}"
}

# Makes a model folder of the last checkpoint of a training.
model() {
  [ -d "$2" ] || "${mmgen[@]}" convert "$(ls "$1"/checkpoints/*.pt | tail -n 1)" --vae autoencoder --statistics statistics.json \
    --dtype bfloat16 --sampler dpm-solver-sde --steps 8 --shift 2.2 --guidance 3 --guidance-interval 0.3 1 \
    --reading-sampler direct --reading-steps 1 \
    --categories sphere,cube,cylinder,cone,torus,pyramid,capsule,rings,arch,table,stairs,star,mug,mushroom,gem,chair --out "$2"
}

scenes 0 60000 train
[ -f statistics.json ] || "${mmgen[@]}" prepare statistics --limit 4000 --out statistics.json \
  --latents rgb=train/latents/rgb.h5 --latents depth=train/latents/depth.h5 \
  --latents normal=train/latents/normal.h5 --latents mask=train/latents/mask.h5
# The second part draws more: at step 7,800 the rate, which has fallen to nothing, is raised again.
train transformer-1 train --out transformer
train transformer-2 train --out transformer
model transformer model-1

# The third part begins with the second one's weights in bfloat16 and sees scenes of its own, and so do those after it.
scenes 60000 48000 train-2
train transformer-3 train-2 --from model-1 --out transformer-2
model transformer-2 model-2
scenes 108000 36000 train-3 --dtype bfloat16
train transformer-4 train-3 --from model-2 --out transformer-3
model transformer-3 model-3
scenes 180000 36000 train-4 --dtype bfloat16
train transformer-5 train-4 --from model-3 --workers 2 --out transformer-4
model transformer-4 model-4
# The sixth, by the plan of the fifth, sees three times as many of the categories that were mistaken most.
choice=(--oftener mug,stairs,chair,capsule --times 3)
scenes 228000 60000 train-5 --dtype bfloat16
choice=()
train transformer-5 train-5 --seed 3014 --from model-4 --workers 2 --out transformer-5
model transformer-5 model

"${mmgen[@]}" evaluate shapes understanding --model model --out evaluation

# Judge and students see scenes that are new to the model.
scenes 216000 12000 students --dtype bfloat16
[ -f judge.safetensors ] ||
  "${mmgen[@]}" shapes train-judge --edition second --index students/index.jsonl --validation validation/index.jsonl \
    --steps 1500 --out judge.safetensors
"${mmgen[@]}" evaluate shapes conditions --model model --judge judge.safetensors --scenes 30 --condition-guidance 4 --out evaluation

# A student that has the guidance in it; one of this that draws in four evaluations, which the box brings, and a flow map for fewer.
latents students
[ -f guided/model.safetensors ] ||
  "${mmgen[@]}" distill guidance model --condition-guidance 4 --data students/index.jsonl "${moments[@]}" --plan "$recipe/student-guidance.json" \
    --steps 400 --batch 32 --pictures 0 --out guided
"${mmgen[@]}" evaluate shapes drawing-samplers --model guided --judge judge.safetensors --count 500 \
  --trials dpm-solver-sde=4@4,dpm-solver-sde=6@3,dpm-solver-sde=8@2.2,dpm-solver-sde=20 --out evaluation-guided
[ -f four/model.safetensors ] ||
  "${mmgen[@]}" distill few-steps guided --data students/index.jsonl "${moments[@]}" --plan "$recipe/student-few-steps.json" \
    --drawing-steps 4 --shift 2.2 --steps 480 --batch 32 --pictures 0 --out four
[ -d boxed ] || "${mmgen[@]}" convert model --student four --out boxed
"${mmgen[@]}" evaluate shapes drawing-samplers --model boxed --judge judge.safetensors --count 500 \
  --trials ancestral=4@2.2,dpm-solver-sde=8@2.2 --out evaluation-boxed
"${mmgen[@]}" evaluate shapes generation --model boxed --judge judge.safetensors --count 500 --out evaluation-boxed
"${mmgen[@]}" evaluate shapes conditions --model boxed --judge judge.safetensors --scenes 60 --out evaluation-boxed
[ -f fast/model.safetensors ] ||
  "${mmgen[@]}" distill flow-map guided --data students/index.jsonl "${moments[@]}" --plan "$recipe/student-flow-map.json" \
    --steps 1500 --batch 32 --pictures 0 --out fast
"${mmgen[@]}" evaluate shapes drawing-samplers --model fast --judge judge.safetensors --count 500 \
  --trials flow-map=1,flow-map=2@4,flow-map=4@4,flow-map=8@2.2,flow-map-restart=4@2 --out evaluation-fast
