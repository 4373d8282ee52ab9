"""Gathers and scatters as LLVM text; an index outside of its dim stops the program.

May import: compile.
"""

from typing import Any

from .graph import Buffer, Pick, View
from .scalars import memory_type, register_type
from .text import Text


def write_pick(step: Pick, name: str) -> tuple[str, list[Buffer]]:
    """A function that returns 1 where an index was out of range, and the buffers it takes.

    What stood at a wrong index is neither read nor written.
    """
    t = Text()
    buffers: list[Buffer] = []

    def pointer(view: View) -> str:
        if view.buffer not in buffers:
            buffers.append(view.buffer)
        return f"%b{buffers.index(view.buffer)}"

    def plus(total: str, index: str, stride: int) -> str:
        if not stride or index == "0":
            return total
        term = t.let(f"mul nsw i64 {index}, {stride}")
        return term if total == "0" else t.let(f"add nsw i64 {total}, {term}")

    def address(view: View, indices: list[str]) -> str:
        total = str(view.offset)
        for index, stride in zip(indices, view.strides, strict=True):
            total = plus(total, index, stride)
        return t.let(f"getelementptr i8, ptr {pointer(view)}, i64 {total}")

    def place(indices: list[str]) -> tuple[str, str]:
        """The address in the table, and whether an index was wrong."""
        total = str(step.table.offset)
        wrongs = "false"
        for entry, size, stride in zip(step.index, step.table.shape, step.table.strides, strict=True):
            if isinstance(entry, View):
                found = t.let(f"load i64, ptr {address(entry, indices)}, align 8")
                negative = t.let(f"icmp slt i64 {found}, 0")
                turned = t.let(f"add i64 {found}, {size}")
                found = t.let(f"select i1 {negative}, i64 {turned}, i64 {found}")
                wrong = t.let(f"icmp uge i64 {found}, {size}")
                wrongs = t.let(f"or i1 {wrongs}, {wrong}")
                found = t.let(f"select i1 {wrong}, i64 0, i64 {found}")
            else:
                start, step_, dim = entry
                if not step_:
                    found = str(start)
                else:
                    scaled = t.let(f"mul nsw i64 {indices[dim]}, {step_}")
                    found = t.let(f"add nsw i64 {scaled}, {start}")
            total = plus(total, found, stride)
        return t.let(f"getelementptr i8, ptr {pointer(step.table)}, i64 {total}"), wrongs

    dtype = step.table.dtype
    kind = memory_type(dtype)

    def move(indices: list[str]) -> None:
        at, wrong = place(indices)
        bad = t.let("load i1, ptr %bad")
        t.do(f"store i1 {t.let(f'or i1 {bad}, {wrong}')}, ptr %bad")
        value_at = address(step.values, indices)
        source, target = (at, value_at) if step.how == "gather" else (value_at, at)
        value = t.let(f"load {kind}, ptr {source}, align {dtype.itemsize}")
        if step.how != "gather":
            old = t.let(f"load {kind}, ptr {target}, align {dtype.itemsize}")
            if step.how == "add":
                word = "fadd" if dtype.kind == "f" else "or" if dtype.kind == "b" else "add"
                value = t.let(f"{word} {kind} {old}, {value}")
            value = t.let(f"select i1 {wrong}, {kind} {old}, {kind} {value}")
        t.do(f"store {kind} {value}, ptr {target}, align {dtype.itemsize}")

    def nest(indices: list[str]) -> None:
        if len(indices) == len(step.shape):
            move(indices)
            return
        t.loop(step.shape[len(indices)], lambda i: nest([*indices, i]))

    nest([])
    bad = t.let("load i1, ptr %bad")
    t.do(f"ret i1 {bad}")
    parameters = ", ".join(f"ptr noalias %b{n}" for n in range(len(buffers)))
    head = f"define internal i1 @{name}({parameters}) noinline nounwind {{\nentry:\n  %bad = alloca i1\n  store i1 false, ptr %bad"
    return "\n".join([head, *t.lines, "}"]), buffers


def is_native(step: Any) -> bool:
    """Whether its elements have an LLVM type."""
    return register_type(step.table.dtype) != ""
