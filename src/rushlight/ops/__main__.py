"""Prints the op table: `python -m rushlight.ops [PATTERN] [--show vjp|kernel]`.

May import: ops.
"""

import argparse
import fnmatch
import textwrap
from collections.abc import Iterator

from .elementwise import Elementwise
from .op import REGISTRY, Op
from .source import source_of
from .view_op import ViewOp


def kind_of(op: Op) -> str:
    """elementwise, view or op."""
    if isinstance(op, Elementwise):
        return "elementwise"
    return "view" if isinstance(op, ViewOp) else "op"


def differentiable(op: Op) -> list[str]:
    """The inputs that can have a gradient."""
    if op.joint is not None:
        return list(op.inputs)
    return [name for name, vjp in zip(op.inputs, op.vjps) if vjp is not None]


def row(op: Op) -> tuple[str, str, str, str]:
    """Name, kind, inputs (those that have a gradient marked with a prime), name of the node."""
    marked = differentiable(op)
    inputs = ", ".join([f"{name}'" if name in marked else name for name in op.inputs])
    node = "" if op.node_type is None else op.node_type.__name__
    return op.name, kind_of(op), inputs, node


def gradients(op: Op) -> Iterator[tuple[str, str]]:
    """The source of each gradient, under the name of the input it belongs to."""
    if op.joint is not None:
        yield ", ".join(op.inputs), source_of(op.joint)
    for name, vjp in zip(op.inputs, op.vjps):
        if vjp is not None:
            yield name, source_of(vjp)


def kernel(op: Op) -> str:
    """The source of what computes the op: of an elementwise one, its formula."""
    return source_of(op.formula if isinstance(op, Elementwise) else op.kernel)


def chosen(pattern: str) -> list[Op]:
    """The ops whose name matches, in order of the alphabet; a plain word matches inside names."""
    if not any([sign in pattern for sign in "*?["]):
        pattern = f"*{pattern}*"
    return [op for name, op in sorted(REGISTRY.items()) if fnmatch.fnmatch(name, pattern)]


def table(ops: list[Op]) -> str:
    """One line for each op, in columns."""
    rows = [("name", "kind", "inputs (' with a gradient)", "node"), *map(row, ops)]
    widths = [max([len(line[column]) for line in rows]) for column in range(3)] + [0]
    lines = ["  ".join([cell.ljust(w) for cell, w in zip(line, widths)]) for line in rows]
    return "\n".join([line.rstrip() for line in lines])


def sources(ops: list[Op], show: str) -> str:
    """The source of every kernel, or of every gradient, under the names of the ops."""
    lines = []
    for op in ops:
        parts = list(gradients(op)) if show == "vjp" else [("", kernel(op))]
        if parts:
            lines.append(op.name)
        for name, text in parts:
            block = f"{name}: {text}" if name else text
            lines.append(textwrap.indent(block, "    "))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Prints what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m rushlight.ops", description="The op table.")
    parser.add_argument("pattern", nargs="?", default="*", help="a part of a name, or tan*")
    parser.add_argument("--show", choices=("vjp", "kernel"), help="source texts")
    options = parser.parse_args(arguments)
    ops = chosen(options.pattern)
    if not ops:
        parser.error(f"no op is called {options.pattern!r}")
    print(sources(ops, options.show) if options.show else table(ops))


if __name__ == "__main__":
    main()
