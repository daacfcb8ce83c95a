# Times PyTorch's training steps for bench:train.  torch_steps.py MODEL BATCH vsgd|adamw eager|compile
import sys
import torch
from lines import matrix_peak, serve
from torch_models import MODELS
from torch_vsgd import VSGD

name, batch, optimizer_name, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
torch.manual_seed(1)
make, shape, classes = MODELS[name]
model = make().train()
parameters = sum(p.numel() for p in model.parameters())
optimizer = VSGD(model.parameters()) if optimizer_name == 'vsgd' else torch.optim.AdamW(model.parameters(), lr=0.001)
loss_function = torch.nn.CrossEntropyLoss()
forward = torch.compile(model) if mode == 'compile' else model
images, labels = torch.rand(batch, *shape), torch.arange(batch) % classes


def step():
    optimizer.zero_grad()
    loss = loss_function(forward(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


matrices = torch.rand(1536, 1536), torch.rand(1536, 1536)
serve({'version': 'PyTorch ' + torch.__version__, 'threads': torch.get_num_threads(), 'parameters': parameters}, step,
      lambda: matrix_peak(lambda: torch.mm(*matrices)))
