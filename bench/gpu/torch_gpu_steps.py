# PyTorch's side of bench/gpu.sh: the same steps on CUDA, eager, with the published VSGD.  torch_gpu_steps.py MODEL BATCH SIDE RUNS
import json
import os
import sys
import time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'peers'))
import torch
from torch_models import MODELS
from torch_vsgd import VSGD

key, batch, side, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
if not torch.cuda.is_available():
    sys.exit('PyTorch sees no CUDA device')
name = key if key in MODELS else key.split('_')[-1]
make, (channels, _, _), classes = MODELS[name]
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
model = make().cuda().train()
optimizer = VSGD(model.parameters())
images, labels = torch.rand(batch, channels, side, side), torch.arange(batch) % classes


def step():
    start = time.perf_counter()
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(images.cuda()), labels.cuda())
    loss.backward()
    optimizer.step()
    loss.item()
    return 1000 * (time.perf_counter() - start)


times = sorted([step() for _ in range(runs + 10)][10:])
print(json.dumps({'name': f'PyTorch {torch.__version__} eager, TF32, VSGD', 'median': times[len(times) // 2], 'min': times[0]}))
