"""One library in a process of its own: reads a row's name on stdin, answers seconds a call.

A row is set up and warmed when it is first named; each further time it is only timed.

May import: everything.
"""

import importlib
import json
import sys
import time

# they fill the table
from benchmarks import (  # noqa: F401
    compiled_steps,
    operations_1m,
    small_operations,
    training_steps,
)
from benchmarks.rows import ROWS

THREADS = 2


def load(library, threads):
    """The library under the name its users give it, with the submodules the rows use."""
    for name in ("nn.functional", "optim", "special"):
        importlib.import_module(f"{library}.{name}")
    torch = importlib.import_module(library)
    if hasattr(torch, "set_num_threads"):
        torch.set_num_threads(threads)
    return torch


def seconds_per_call(step, calls):
    start = time.perf_counter()
    for _ in range(calls):
        step()
    return (time.perf_counter() - start) / calls


def main():
    torch = load(sys.argv[1], int(sys.argv[2]))
    steps = {}
    for line in sys.stdin:
        row = ROWS[line.strip()]
        try:
            if row.name not in steps:
                torch.manual_seed(0)
                steps[row.name] = row.prepare(torch)
                seconds_per_call(steps[row.name], row.warm_up)
            answer = {"seconds": seconds_per_call(steps[row.name], row.calls)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
