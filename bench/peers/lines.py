# The line protocol of bench:train: one JSON object per request and per answer, over stdin and stdout.
import json
import sys
import time


def serve(about, step, peak):
    """Answers {"steps": n} or {"seconds": s} with the milliseconds of n steps, or of those that fit into s seconds, and
    {"peak": 1} with GFLOPS of a large product, until stdin ends."""
    def say(answer):
        sys.stdout.write(json.dumps(answer) + '\n')
        sys.stdout.flush()

    say({'ready': about})
    for line in sys.stdin:
        request = json.loads(line)
        if 'peak' in request:
            say({'gflops': peak()})
            continue
        times, last = [], None
        end = time.perf_counter() + request.get('seconds', float('inf'))
        while len(times) < request.get('steps', float('inf')) and time.perf_counter() < end:
            start = time.perf_counter()
            last = step()
            times.append(1000 * (time.perf_counter() - start))
        say({'times': times, 'loss': last if isinstance(last, float) else None})


def matrix_peak(product, side=1536, runs=8):
    """GFLOPS of the fastest of some products of square matrices."""
    best = float('inf')
    for _ in range(runs):
        start = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - start)
    return 2 * side ** 3 / best / 1e9
