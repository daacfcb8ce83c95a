# The model families in PyTorch, with the layers, shapes and initial values of the published experiments.
import math
import torch
from torch import nn

VGG16 = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]
VGG19 = [64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0]


class Head(nn.Module):
    """A backbone, the mean over its pixels, a linear classifier."""

    def __init__(self, backbone, channels, classes):
        super().__init__()
        self.backbone = backbone
        self.classifier = nn.Linear(channels, classes)

    def forward(self, images):
        return self.classifier(self.backbone(images).mean(dim=(2, 3)))


def vgg(plan, classes):
    layers, channels = [], 3
    for outputs in plan:
        if outputs == 0:
            layers.append(nn.MaxPool2d(2, 2))
            continue
        conv = nn.Conv2d(channels, outputs, 3, padding=1)
        nn.init.normal_(conv.weight, 0, math.sqrt(2 / (9 * outputs)))
        nn.init.zeros_(conv.bias)
        layers += [conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        channels = outputs
    return Head(nn.Sequential(*layers), channels, classes)


class Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x) + x


def convmixer(dim, depth, kernel, patch, channels, classes):
    def normed(conv):
        return nn.Sequential(conv, nn.GELU(), nn.BatchNorm2d(dim))

    blocks = [normed(nn.Conv2d(channels, dim, patch, stride=patch))]
    for _ in range(depth):
        blocks += [Residual(normed(nn.Conv2d(dim, dim, kernel, groups=dim, padding='same'))), normed(nn.Conv2d(dim, dim, 1))]
    return Head(nn.Sequential(*blocks), dim, classes)


def conv_norm(inputs, outputs, size, stride=1, groups=1):
    conv = nn.Conv2d(inputs, outputs, size, stride=stride, padding=size // 2, groups=groups, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode='fan_out')
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride, cardinality, widen):
        super().__init__()
        width = cardinality * int(64 * outputs / (widen * 64))
        self.main = nn.Sequential(
            conv_norm(inputs, width, 1), nn.ReLU(inplace=True),
            conv_norm(width, width, 3, stride, cardinality), nn.ReLU(inplace=True),
            conv_norm(width, outputs, 1))
        self.shortcut = nn.Identity() if inputs == outputs else conv_norm(inputs, outputs, 1, stride)

    def forward(self, x):
        return torch.relu(self.shortcut(x) + self.main(x))


def resnext(cardinality, depth, widen, classes):
    blocks, inputs = [conv_norm(3, 64, 3), nn.ReLU(inplace=True)], 64
    for stage in range(3):
        outputs = 64 * widen * 2 ** stage
        for index in range((depth - 2) // 9):
            blocks.append(Bottleneck(inputs, outputs, 2 if index == 0 and stage > 0 else 1, cardinality, widen))
            inputs = outputs
    return Head(nn.Sequential(*blocks), inputs, classes)


MODELS = {
    'mnist': (lambda: convmixer(16, 4, 3, 2, 1, 10), (1, 28, 28), 10),
    'convmixer': (lambda: convmixer(256, 8, 5, 2, 3, 100), (3, 32, 32), 100),
    'vgg': (lambda: vgg(VGG16, 100), (3, 32, 32), 100),
    'resnext': (lambda: resnext(8, 18, 4, 100), (3, 32, 32), 100),
    'tiny_imagenet_convmixer': (lambda: convmixer(256, 8, 5, 2, 3, 200), (3, 64, 64), 200),
    'tiny_imagenet_vgg': (lambda: vgg(VGG19, 200), (3, 64, 64), 200),
    'tiny_imagenet_resnext': (lambda: resnext(8, 18, 4, 200), (3, 64, 64), 200),
}
