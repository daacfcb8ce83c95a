# PyTorch's side of bench/gpu.sh: the same steps on CUDA, eager, TF32 allowed.  torch_gpu_steps.py MODEL BATCH SIDE vsgd|adamw
import os
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'peers'))
import torch
from lines import serve
from torch_models import MODELS
from torch_vsgd import VSGD

key, batch, side, optimizer_name = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
if not torch.cuda.is_available():
    sys.exit('PyTorch sees no CUDA device')
name = key if key in MODELS else key.split('_')[-1]
make, (channels, _, _), classes = MODELS[name]
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
model = make().cuda().train()
optimizer = VSGD(model.parameters()) if optimizer_name == 'vsgd' else torch.optim.AdamW(model.parameters(), lr=0.001, fused=True)
images, labels = torch.rand(batch, channels, side, side).pin_memory(), (torch.arange(batch) % classes).pin_memory()


def step():
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(images.cuda(non_blocking=True)), labels.cuda(non_blocking=True))
    loss.backward()
    optimizer.step()
    return loss.item()


serve({'version': 'PyTorch ' + torch.__version__, 'device': torch.cuda.get_device_name(), 'threads': 1, 'parameters': sum(p.numel() for p in model.parameters())}, step, lambda: 0)
