"""Time each row in rushlight and in PyTorch, turn and turn about, and print the medians.

Each library has a process of its own and two threads (or as many as asked for); a row's seven
timings alternate between the two, so that what slows the machine slows both.

May import: everything.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version as package_version

# they fill the table
from benchmarks import (  # noqa: F401
    compiled_steps,
    operations_1m,
    small_operations,
    training_steps,
)
from benchmarks.rows import ROWS
from benchmarks.worker import THREADS

TIMINGS = 7
IMPORT_GOAL = 0.15
LIBRARIES = ("rushlight", "torch")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ENVIRONMENT = dict(os.environ)
# Both libraries are imported from compiled files, as an installed package is.
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)
IMPORT_PROGRAM = (
    "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
)


class Worker:
    """A running `benchmarks.worker`, asked for one timing at a time."""

    def __init__(self, library, threads):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", library, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT | dict.fromkeys(THREAD_VARIABLES, str(threads)),
        )

    def seconds(self, name):
        """Seconds a call of the row; raises RuntimeError with what the library raised."""
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a worker ended early; its error is above")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["seconds"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def import_seconds(library):
    program = IMPORT_PROGRAM.format(library)
    command = [sys.executable, "-c", program]
    return float(subprocess.check_output(command, text=True, env=ENVIRONMENT))


def measure(time_once, timings):
    """The median of so many timings of each library, alternating."""
    found = {library: [] for library in LIBRARIES}
    for _ in range(timings):
        for library in LIBRARIES:
            found[library].append(time_once(library))
    return {library: statistics.median(times) for library, times in found.items()}


def result(name, goal, time_once, timings=TIMINGS):
    try:
        medians = measure(time_once, timings)
    except RuntimeError as error:
        return {"row": name, "goal": goal, "error": str(error)}
    return {"row": name, "goal": goal, **medians, "ratio": medians["rushlight"] / medians["torch"]}


def run(names, threads):
    """Yield one result a row, in the table's order."""
    if "import" in names:
        import_seconds("rushlight")  # the files are in the machine's cache from here on
        import_seconds("torch")
        yield result("import", IMPORT_GOAL, import_seconds)
    workers = {library: Worker(library, threads) for library in LIBRARIES}
    for name, row in ROWS.items():
        if name in names:
            time_once = lambda library, name=name: workers[library].seconds(name)
            yield result(name, row.goal, time_once, row.timings)
    for worker in workers.values():
        worker.close()


def time_text(seconds):
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e6:.2f} us"


def cells(found):
    """The row as the texts of its five columns."""
    goal = "" if found["goal"] is None else f"<= {found['goal']}"
    if "error" in found:
        return [found["row"], found["error"], "", "", goal]
    times = [time_text(found[library]) for library in LIBRARIES]
    ratio = found["ratio"]
    return [found["row"], *times, f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.4f}", goal]


def print_row(texts, markdown):
    if markdown:
        print("| " + " | ".join(texts) + " |", flush=True)
        return
    name, *others = texts
    print(f"{name:22}" + "".join(f"{text:>13}" for text in others), flush=True)


def machine(threads):
    return (
        f"{os.cpu_count()} x {platform.machine()}, {threads} threads, Python "
        f"{platform.python_version()}, NumPy {package_version('numpy')}, "
        f"PyTorch {package_version('torch')}, rushlight {package_version('rushlight')}; "
        f"median of {TIMINGS}"
    )


def main():
    everything = ["import", *[name for name, row in ROWS.items() if row.group is None]]
    groups = sorted({row.group for row in ROWS.values() if row.group})
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"of {', '.join(everything)}, or a group: {groups}"
    )
    parser.add_argument("--threads", type=int, default=THREADS, help="of each library")
    parser.add_argument("--above", type=float, default=0.0, help="only ratios above this")
    parser.add_argument("--json", metavar="FILE", help="also write the results there")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    options = parser.parse_args()
    unknown = {*options.rows} - {"import", *ROWS, *groups}
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(everything + groups)}")
    chosen = [name for name, row in ROWS.items() if {name, row.group} & {*options.rows}]
    chosen += ["import"] if "import" in options.rows else []

    print_row(["row", "rushlight", "PyTorch", "ratio", "goal"], options.markdown)
    if options.markdown:
        print_row(["---", "--:", "--:", "--:", "--:"], True)
    results = []
    for found in run(chosen or everything, options.threads):
        results.append(found)
        if found.get("ratio", options.above) >= options.above:
            print_row(cells(found), options.markdown)
    print(f"\n{machine(options.threads)}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": machine(options.threads), "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
