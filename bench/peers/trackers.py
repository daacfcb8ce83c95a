# The same history in TensorBoard, MLflow and Aim: how fast they take it in, how long until its runs and the curves of one metric are there.
# python3 bench/peers/trackers.py [runs] [steps]; makes its own environment under .cache/peers-trackers. Prints a table in Markdown.
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = ROOT / '.cache' / 'peers-trackers' / 'venv'
PACKAGES = ['tensorboard', 'mlflow', 'aim']
KEYS = ['train/loss', 'train/accuracy', 'lr', 'grad_norm', 'train_time', 'data_time']


def enter_environment():
    """Installs what is missing, each package by itself: one that has no build for this Python leaves the others whole."""
    python = PLACE / 'bin' / 'python'
    if pathlib.Path(sys.prefix).resolve() == PLACE.resolve():
        return
    if not python.exists():
        venv.create(PLACE, with_pip=True)
    for package in PACKAGES:
        if subprocess.run([python, '-c', f'import importlib.metadata as m; m.version("{package}")'], capture_output=True).returncode != 0:
            subprocess.run([python, '-m', 'pip', 'install', '--quiet', package])
    os.execv(python, [str(python), *sys.argv])


def value(index, step):
    return (1 + index) / math.sqrt(step) + 0.05 * math.sin(step * 12.9898)


def size_of(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob('*') if path.is_file())


def tensorboard(folder, runs, steps):
    from tensorboard.summary import Writer
    start = time.time()
    for run in range(runs):
        writer = Writer(os.path.join(folder, f'run-{run}'))
        for step in range(1, steps + 1):
            for index, key in enumerate(KEYS):
                writer.add_scalar(key, value(index, step), step)
        writer.close()
    written = time.time() - start
    port = 16006
    start = time.time()
    server = subprocess.Popen([sys.executable, '-m', 'tensorboard.main', '--logdir', folder, '--port', str(port), '--load_fast=true'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def get(path):
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{port}/data/{path}', timeout=30) as answer:
                return json.load(answer)
        except OSError:
            return None
    try:
        while len(get('plugin/scalars/tags') or {}) < runs:
            time.sleep(0.05)
        listed = time.time() - start
        points = 0
        for run in range(runs):
            rows = []
            while not rows or rows[-1][1] < steps:
                rows = get(f'plugin/scalars/scalars?run=run-{run}&tag=train%2Floss') or []
            points = len(rows)
        return written, listed, time.time() - start, points
    finally:
        server.terminate()
        server.wait()


def mlflow(folder, runs, steps):
    os.environ['MLFLOW_ENABLE_ASYNC_LOGGING'] = 'false'
    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient
    client = MlflowClient(f'sqlite:///{folder}/mlflow.db')
    experiment = client.create_experiment('history')
    start = time.time()
    ids = []
    for _ in range(runs):
        run = client.create_run(experiment).info.run_id
        ids.append(run)
        rows = [Metric(key, value(index, step), step, step) for step in range(1, steps + 1) for index, key in enumerate(KEYS)]
        for at in range(0, len(rows), 1000):
            client.log_batch(run, metrics=rows[at:at + 1000])
        client.set_terminated(run)
    written = time.time() - start
    start = time.time()
    client.search_runs([experiment], max_results=1000)
    listed = time.time() - start
    points = [len(client.get_metric_history(run, 'train/loss')) for run in ids]
    return written, listed, time.time() - start, points[-1]


def aim(folder, runs, steps):
    from aim import Repo, Run
    from aim.storage.context import Context
    Repo.from_path(folder, init=True)
    start = time.time()
    for _ in range(runs):
        run = Run(repo=folder, system_tracking_interval=None, log_system_params=False, capture_terminal_logs=False)
        for step in range(1, steps + 1):
            for index, key in enumerate(KEYS):
                run.track(value(index, step), name=key, step=step)
        run.close()
    written = time.time() - start
    start = time.time()
    # Queries see a run only once Aim's server has indexed it; read run by run, all are there at once.
    repo = Repo(folder)
    listed_runs = [Run(name, repo=repo, read_only=True) for name in repo.list_all_runs()]
    listed = time.time() - start
    if len(listed_runs) != runs:
        raise RuntimeError(f'{len(listed_runs)} of {runs} runs listed')
    points = 0
    for run in listed_runs:
        metric = run.get_metric('train/loss', Context({}))
        if metric is None:
            raise RuntimeError('closed runs are listed, without their metrics')
        points = len(metric.values.sparse_numpy()[0])
    return written, listed, time.time() - start, points


def main():
    runs, steps = (int(text) for text in (sys.argv[1:] + ['20', '3000'][len(sys.argv) - 1:]))
    import importlib.metadata as metadata
    print(f'{runs} runs × {steps:,} steps × {len(KEYS)} series, Python {sys.version.split()[0]}\n')
    print('| tracker | rows/s taken in | list of runs, s | one metric of all runs, s | points a curve | on disk, MB |\n|---|---|---|---|---|---|', flush=True)
    for name, measure in (('tensorboard', tensorboard), ('mlflow', mlflow), ('aim', aim)):
        folder = tempfile.mkdtemp(prefix='vsgd-lab-peers-')
        try:
            label = f'{name} {metadata.version(name)}'
            written, listed, drawn, points = measure(folder, runs, steps)
            print(f'| {label} | {runs * steps * len(KEYS) / written:,.0f} | {listed:.2f} | {drawn:.2f} | {points:,} | {size_of(folder) / 1e6:.1f} |', flush=True)
        except Exception as error:  # one that is not there or breaks leaves the others
            print(f'| {name} | {type(error).__name__}: {str(error)[:120]} | | | | |', flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    enter_environment()
    main()
