# Installs the peers of bench:train into the virtual environment that runs this: TensorFlow, and PyTorch with the least that `import torch` needs.
#
# PyTorch's wheel for Linux is built for CUDA and does not load without CUDA's libraries. Its own requirements name them with their versions;
# left out is what a CPU never asks for (triton, the Python bindings of CUDA): about 1 GB of 3.
import importlib.metadata
import platform
import re
import subprocess
import sys

NEEDED_EXTRAS = ['cublas', 'cudart', 'cufft', 'cufile', 'cupti', 'cusolver', 'cusparse', 'nvjitlink', 'nvrtc', 'nvtx']
LEFT_OUT = ('triton', 'cuda-bindings', 'setuptools')


def pip(*arguments):
    result = subprocess.run([sys.executable, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', *arguments])
    if result.returncode != 0:
        sys.exit(f'peers: pip could not install {" ".join(arguments)}; its message stands above. Is the Python package index reachable, and is there space (8 GB)?')


def works(module):
    return subprocess.run([sys.executable, '-c', f'import {module}'], capture_output=True, text=True)


def torch_requirements():
    for line in importlib.metadata.requires('torch') or []:
        requirement, _, marker = (part.strip() for part in line.partition(';'))
        if 'extra ==' in marker or requirement.startswith(LEFT_OUT):
            continue
        if 'Linux' in marker and platform.system() != 'Linux':
            continue
        yield re.sub(r'\[.*\]', f'[{",".join(NEEDED_EXTRAS)}]', requirement) if requirement.startswith('cuda-toolkit') else requirement


if works('torch').returncode != 0:
    pip('--no-deps', 'torch')
    pip('numpy', 'setuptools', *torch_requirements())
if works('tensorflow').returncode != 0:
    pip('tensorflow-cpu' if platform.system() == 'Linux' and platform.machine() == 'x86_64' else 'tensorflow')
failed = [(module, works(module)) for module in ('torch', 'tensorflow')]
for module, result in failed:
    if result.returncode != 0:
        sys.exit(f'peers: {module} was installed and does not load:\n{result.stderr[-1500:]}')
print('peers: ready')
