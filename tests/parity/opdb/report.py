"""Outcomes as a table by class and family, as docs/coverage.md, and as a list of failures.

May import: everything.
"""

from collections.abc import Iterable
from pathlib import Path

from .checks import KINDS, Outcome
from .names import CLASSES

ROOT = Path(__file__).parents[3]
KNOWN = Path(__file__).with_name("known_failures.txt")

HEAD = ("class", "family", "names", *KINDS)


def rows(outcomes: list[Outcome]) -> list[tuple[str, ...]]:
    """A row for each class and family, and one for all of a class."""
    made = []
    for kind in CLASSES:
        within = [outcome for outcome in outcomes if outcome.entry.kind == kind]
        families = sorted({outcome.entry.family for outcome in within})
        for family in families:
            part = [outcome for outcome in within if outcome.entry.family == family]
            made.append((kind, family, *figures(part)))
        if len(families) > 1:
            made.append((kind, "all", *figures(within)))
    return made


def figures(outcomes: list[Outcome]) -> tuple[str, ...]:
    """Names present, then what is right of each kind of check."""
    present = sum(outcome.present for outcome in outcomes)
    cells = [f"{present} of {len(outcomes)}"]
    for kind in KINDS:
        right, total = share(outcomes, kind)
        cells.append(f"{right} of {total} ({percent(right, total)})" if total else "")
    return tuple(cells)


def share(outcomes: Iterable[Outcome], kind: str) -> tuple[int, int]:
    """How many checks of this kind are right, and how many there are."""
    pairs = [(outcome.right[kind], outcome.total[kind]) for outcome in outcomes]
    return sum(right for right, _ in pairs), sum(total for _, total in pairs)


def percent(right: int, total: int) -> str:
    """Rounded down, so that 100 % means all."""
    return f"{int(1000 * right / total) / 10:g} %" if total else ""


def table(outcomes: list[Outcome]) -> str:
    """The rows in columns, for a terminal."""
    lines = [HEAD, *rows(outcomes)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    )


INTRODUCTION = """\
# Coverage of PyTorch's operator database

PyTorch tests its operators with a database of samples
(`torch.testing._internal.common_methods_invocations.op_db`). Here the samples run on PyTorch 2.13
and on rushlight: through the function, the method, the in-place and the `out=` form, in float32,
float64, int64, bool and complex64; results, dtypes, shapes and views are compared. Gradients of
first and second order are compared in float64 and complex128. For the database's wrong inputs,
the type of the exception is compared. A sample of an operator that rushlight lacks counts as
wrong. *core*: what everyday training and inference code calls; *common*: what turns up in
ordinary projects; *exotic*: internal or rare.

Written by `python -m tests.parity.opdb --markdown`; what is compared otherwise than element by
element, and why, stands in `tests/parity/opdb/exceptions.py`.
"""


def markdown(outcomes: list[Outcome]) -> str:
    """The page docs/coverage.md."""
    lines = [INTRODUCTION]
    lines += [" | ".join(["", *HEAD, ""]).strip(), "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(row) + " |" for row in rows(outcomes)]
    for kind in CLASSES:
        within = [outcome for outcome in outcomes if outcome.entry.kind == kind]
        absent = sorted({o.entry.op.name for o in within if not o.present})
        partly = sorted({o.entry.title for o in within if o.present and o.failures})
        if absent:
            lines += ["", f"Absent, {kind}: " + ", ".join(f"`{name}`" for name in absent) + "."]
        if partly:
            names = ", ".join(f"`{name}`" for name in partly)
            lines += ["", f"Not right in everything, {kind}: {names}."]
    return "\n".join(lines) + "\n"


def failing(outcome: Outcome) -> set[str]:
    """`title: kind` for each kind of check that the operator does not pass wholly."""
    if not outcome.present:
        return {f"{outcome.entry.title}: absent"}
    kinds = {kind for kind, _ in outcome.failures}
    return {f"{outcome.entry.title}: {kind}" for kind in kinds}


def known() -> set[str]:
    """The failures that are recorded."""
    lines = KNOWN.read_text().splitlines() if KNOWN.exists() else []
    return {line for line in lines if line and not line.startswith("#")}


def write_known(outcomes: list[Outcome]) -> None:
    """Records what fails now of what was run; the other lines stay."""
    ran = {outcome.entry.title for outcome in outcomes}
    kept = {line for line in known() if line.rpartition(": ")[0] not in ran}
    lines = sorted(kept.union(*map(failing, outcomes)))
    head = "# What is known to fail; written by `python -m tests.parity.opdb --record`.\n"
    KNOWN.write_text(head + "".join(f"{line}\n" for line in lines))
