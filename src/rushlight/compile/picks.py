"""Gathers and scatters as LLVM text; an index outside of its dim stops the program.

May import: compile.
"""

from .graph import Buffer, Pick, View
from .scalars import memory_type
from .text import Text


class PickWriter:
    """Writes a function that returns 1 where an index was out of range.

    What stands at a wrong index is neither used nor changed.
    """

    def __init__(self, step: Pick) -> None:
        self.step = step
        self.t = Text()
        self.buffers: list[Buffer] = []

    def write(self, name: str) -> tuple[str, list[Buffer]]:
        """The function's text, and the buffers whose pointers it takes, in order."""
        t = self.t
        self._nest([])
        bad = t.let("load i1, ptr %bad")
        t.do(f"ret i1 {bad}")
        parameters = ", ".join(f"ptr noalias %b{n}" for n in range(len(self.buffers)))
        lines = [
            f"define internal i1 @{name}({parameters}) noinline nounwind {{",
            "entry:",
            "  %bad = alloca i1",
            "  store i1 false, ptr %bad",
            *t.lines,
            "}",
        ]
        return "\n".join(lines), self.buffers

    def _nest(self, indices: list[str]) -> None:
        if len(indices) == len(self.step.shape):
            self._move(indices)
            return
        self.t.loop(self.step.shape[len(indices)], lambda i: self._nest([*indices, i]))

    # ---- addresses

    def _pointer(self, view: View) -> str:
        if view.buffer not in self.buffers:
            self.buffers.append(view.buffer)
        return f"%b{self.buffers.index(view.buffer)}"

    def _plus(self, total: str, index: str, stride: int) -> str:
        if not stride or index == "0":
            return total
        term = self.t.let(f"mul nsw i64 {index}, {stride}")
        return term if total == "0" else self.t.let(f"add nsw i64 {total}, {term}")

    def _address(self, view: View, indices: list[str]) -> str:
        total = str(view.offset)
        for index, stride in zip(indices, view.strides, strict=True):
            total = self._plus(total, index, stride)
        return self.t.let(f"getelementptr i8, ptr {self._pointer(view)}, i64 {total}")

    def _place(self, indices: list[str]) -> tuple[str, str]:
        """The address in the table, and whether an index was wrong."""
        t, table = self.t, self.step.table
        total = str(table.offset)
        wrongs = "false"
        for entry, size, stride in zip(self.step.index, table.shape, table.strides, strict=True):
            if isinstance(entry, View):
                found = t.let(f"load i64, ptr {self._address(entry, indices)}, align 8")
                negative = t.let(f"icmp slt i64 {found}, 0")
                turned = t.let(f"add i64 {found}, {size}")
                found = t.let(f"select i1 {negative}, i64 {turned}, i64 {found}")
                wrong = t.let(f"icmp uge i64 {found}, {size}")
                wrongs = t.let(f"or i1 {wrongs}, {wrong}")
                found = t.let(f"select i1 {wrong}, i64 0, i64 {found}")
            else:
                start, step, dim = entry
                found = str(start)
                if step:
                    scaled = t.let(f"mul nsw i64 {indices[dim]}, {step}")
                    found = t.let(f"add nsw i64 {scaled}, {start}")
            total = self._plus(total, found, stride)
        return t.let(f"getelementptr i8, ptr {self._pointer(table)}, i64 {total}"), wrongs

    # ---- one element

    def _move(self, indices: list[str]) -> None:
        t, step = self.t, self.step
        dtype = step.table.dtype
        kind, align = memory_type(dtype), dtype.alignment
        at, wrong = self._place(indices)
        bad = t.let("load i1, ptr %bad")
        t.do(f"store i1 {t.let(f'or i1 {bad}, {wrong}')}, ptr %bad")
        value_at = self._address(step.values, indices)
        source, target = (at, value_at) if step.how == "gather" else (value_at, at)
        value = t.let(f"load {kind}, ptr {source}, align {align}")
        if step.how != "gather":
            old = t.let(f"load {kind}, ptr {target}, align {align}")
            if step.how == "add":
                word = "fadd" if dtype.kind == "f" else "or" if dtype.kind == "b" else "add"
                value = t.let(f"{word} {kind} {old}, {value}")
            value = t.let(f"select i1 {wrong}, {kind} {old}, {kind} {value}")
        t.do(f"store {kind} {value}, ptr {target}, align {align}")
