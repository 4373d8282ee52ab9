"""Runs the database, or a part of it, and prints what is right, by class and by family.

May import: everything.
"""

import argparse
import sys
import time

import torch

from .checks import Outcome, check
from .names import CLASSES, entries
from .report import KNOWN, ROOT, markdown, table, write_known

LIMIT = 10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.parity.opdb", description=__doc__)
    parser.add_argument("--family", help="only the operators of this family")
    parser.add_argument("--name", action="append", help="only this operator (may be repeated)")
    parser.add_argument("--class", dest="kind", choices=CLASSES, help="only this class")
    parser.add_argument("--verbose", action="store_true", help="a line on every failure")
    parser.add_argument("--brief", action="store_true", help="a line on each operator that fails")
    parser.add_argument("--limit", type=int, default=LIMIT, help="samples for each dtype")
    parser.add_argument("--full", action="store_true", help="all samples")
    parser.add_argument("--slowest", action="store_true", help="where the time goes")
    parser.add_argument("--markdown", action="store_true", help="write docs/coverage.md")
    parser.add_argument("--record", action="store_true", help=f"write {KNOWN.name}")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    chosen = [
        entry
        for entry in entries()
        if options.family in (None, entry.family)
        and options.kind in (None, entry.kind)
        and (options.name is None or entry.op.name in options.name)
    ]
    outcomes, seconds = [], {}
    for entry in chosen:
        start = time.perf_counter()
        outcome = check(entry, None if options.full else options.limit)
        seconds[entry.title] = time.perf_counter() - start
        outcomes.append(outcome)
        show(outcome, options)
    print(table(outcomes))
    if options.slowest:
        for title in sorted(seconds, key=seconds.__getitem__)[:-30:-1]:
            print(f"{seconds[title]:6.2f} s  {title}")
    if options.markdown:
        (ROOT / "docs" / "coverage.md").write_text(markdown(outcomes))
    if options.record:
        write_known(outcomes)


def show(outcome: Outcome, options: argparse.Namespace) -> None:
    """The operator's failures, as far as they are asked for."""
    if not outcome.present:
        if options.verbose or options.brief:
            print(f"{outcome.entry.title}: absent")
    elif options.verbose:
        for kind, failure in outcome.failures:
            print(f"{kind:10} {failure}")
    elif options.brief and outcome.failures:
        parts = [
            f"{kind} {outcome.right[kind]}/{outcome.total[kind]}"
            for kind in outcome.total
            if outcome.right[kind] < outcome.total[kind]
        ]
        print(f"{outcome.entry.title}: {', '.join(parts)}; {outcome.failures[0][1]}"[:300])
    sys.stdout.flush()


if __name__ == "__main__":
    main()
