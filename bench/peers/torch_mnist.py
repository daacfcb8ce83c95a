# The notebook's MNIST demo in PyTorch: 3 optimizers x 3 epochs, all of MNIST in memory, evaluation after each epoch.  torch_mnist.py FOLDER [SEED]
import gzip
import json
import sys
import time
import numpy
import torch
from torch_models import MODELS
from torch_vsgd import VSGD

folder, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1


def read(name, header):
    with gzip.open(f'{folder}/{name}.gz') as file:
        return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=header).copy())


def images(name):
    return read(name, 16).reshape(-1, 1, 28, 28).float() / 255


train_x, train_y = images('train-images-idx3-ubyte'), read('train-labels-idx1-ubyte', 8).long()
test_x, test_y = images('t10k-images-idx3-ubyte'), read('t10k-labels-idx1-ubyte', 8).long()
makers = {'vsgd': lambda p: VSGD(p, lr=0.01, ps=1e-7), 'sgd': lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9), 'adam': lambda p: torch.optim.Adam(p, lr=0.01)}
for name, make in makers.items():
    torch.manual_seed(seed)
    model, loss_function, start = MODELS['mnist'][0](), torch.nn.CrossEntropyLoss(), time.perf_counter()
    optimizer = make(model.parameters())
    for epoch in range(3):
        model.train()
        for rows in torch.randperm(len(train_x)).split(32):
            optimizer.zero_grad()
            loss = loss_function(model(train_x[rows]), train_y[rows])
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            right = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(test_x.split(1000), test_y.split(1000)))
    print(json.dumps({'optimizer': name, 'accuracy': right / len(test_x), 'seconds': time.perf_counter() - start}), flush=True)
