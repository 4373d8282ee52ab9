"""Loops as LLVM text: one function for each fused loop, with a pointer for each buffer.

Dims that all views walk through in step become one; accumulators live on the stack, from where
LLVM takes them into (vector) registers.
May import: compile.
"""

from typing import Any

import numpy as np

from . import scalars
from .fuse import Access, Item, Loop
from .graph import STARTS, Buffer, Reduce
from .scalars import cast, literal, memory_type, register_type
from .text import Text

# above this many float32 terms, sums are kept in float64
LONG_SUM = 1 << 14


class LoopWriter:
    """Writes one loop. `kept` are the buffers it writes that others read; the rest stay inside."""

    def __init__(self, loop: Loop, kept: set[Buffer]) -> None:
        self.loop = loop
        self.kept = kept
        self.t = Text()
        self.split = len(loop.space) if loop.split is None else loop.split
        if loop.split is None:
            self.split = 0
        self.rows = self._scratch()
        self.buffers: list[Buffer] = []
        self.groups = _collapsed(loop, self.split, self._strides)
        self.row_values: dict[Buffer, str] = {}  # results of the phases so far, for this row
        self.accumulators: dict[int, str] = {}  # where each reduction adds up
        self.stack: list[tuple[str, str]] = []  # the accumulators and their types

    # ---- what lives where

    def _scratch(self) -> set[Buffer]:
        """The buffers inside that one phase leaves for a later one: memory for one row."""
        rows = set()
        for buffer, readers in self.loop.reads.items():
            writer = self.loop.writes.get(buffer)
            if writer is None or buffer in self.kept or self.loop.is_row_result(writer):
                continue
            first = min(i.phase for i in self.loop.items if i.out.buffer is buffer)
            if any(r.phase != first for r in readers):
                rows.add(buffer)
        return rows

    def _stored(self, item: Item) -> bool:
        buffer = item.out.buffer
        return buffer in self.kept or buffer in self.rows or self._in_memory(item)

    def _in_memory(self, item: Item) -> bool:
        """Whether a reduction adds up in memory, because it is not of all inner dims alone."""
        inner = tuple(range(self.split, len(self.loop.space)))
        return bool(item.axes) and item.axes != inner

    def _strides(self, access: Access) -> tuple:
        if access.buffer not in self.rows:
            return access.strides
        outer = len(self.loop.space[: self.split])
        inner = self.loop.space[self.split :]
        steps = []
        step = access.view.dtype.itemsize
        for size in reversed(inner):
            steps.append(step)
            step *= size
        return (0,) * outer + tuple(reversed(steps))

    def _pointer(self, buffer: Buffer) -> str:
        if buffer not in self.buffers:
            self.buffers.append(buffer)
        return f"%b{self.buffers.index(buffer)}"

    # ---- addresses

    def _address(self, access: Access, indices: dict[int, str]) -> str:
        strides = self._strides(access)
        total = str(0 if access.buffer in self.rows else access.view.offset)
        for group, index in indices.items():
            dims = self.groups[group]
            if dims[-1] >= len(strides):
                continue
            stride = strides[dims[-1]]
            if stride == 0 or index == "0":
                continue
            term = self.t.let(f"mul nsw i64 {index}, {stride}") if stride != 1 else index
            total = term if total == "0" else self.t.let(f"add nsw i64 {total}, {term}")
        base = self._pointer(access.buffer)
        if total == "0":
            return base
        return self.t.let(f"getelementptr i8, ptr {base}, i64 {total}")

    def _load(self, access: Access, indices: dict[int, str]) -> str:
        dtype = access.view.dtype
        address = self._address(access, indices)
        found = self.t.let(f"load {memory_type(dtype)}, ptr {address}, align {_align(dtype)}")
        return self.t.let(f"trunc i8 {found} to i1") if dtype.kind == "b" else found

    def _store(self, access: Access, indices: dict[int, str], value: str) -> None:
        dtype = access.view.dtype
        if dtype.kind == "b":
            value = self.t.let(f"zext i1 {value} to i8")
        address = self._address(access, indices)
        self.t.do(f"store {memory_type(dtype)} {value}, ptr {address}, align {_align(dtype)}")

    # ---- the function

    def write(self, name: str) -> tuple[str, list[Buffer]]:
        """The function's text, and the buffers whose pointers it takes, in order."""
        outer = [g for g in range(len(self.groups)) if self.groups[g][-1] < self.split]
        inner = [g for g in range(len(self.groups)) if self.groups[g][0] >= self.split]
        for item in self.loop.items:
            if self._in_memory(item):
                self._start_in_memory(item)
        self._nest(outer, {}, lambda indices: self._row(inner, indices))
        self.t.do("ret void")
        parameters = ", ".join(f"ptr noalias %b{n}" for n in range(len(self.buffers)))
        stack = [f"  {a} = alloca {k}" for a, k in self.stack]
        head = f"define internal void @{name}({parameters}) noinline nounwind {{\nentry:"
        return "\n".join([head, *stack, *self.t.lines, "}"]), self.buffers

    def _nest(self, groups: list[int], indices: dict[int, str], body: Any) -> None:
        if not groups:
            body(indices)
            return
        first, *rest = groups
        size = int(np.prod([self.loop.space[d] for d in self.groups[first]]))
        self.t.loop(size, lambda i: self._nest(rest, {**indices, first: i}, body))

    def _row(self, inner: list[int], outer: dict[int, str]) -> None:
        self.row_values = {}
        for phase in range(1 + max(i.phase for i in self.loop.items)):
            items = [i for i in self.loop.items if i.phase == phase]
            within = [i for i in items if not self.loop.is_outer(i)]
            if within:
                for item in within:
                    if item.axes and not self._in_memory(item):
                        self._start(item)
                self._nest(inner, outer, lambda indices, w=within: self._body(w, indices))
                for item in within:
                    if item.axes and not self._in_memory(item):
                        self._finish(item, outer)
            values: dict[Any, str] = {}
            for item in items:
                if self.loop.is_outer(item):
                    found = self._compute(item, values, outer)
                    self.row_values[item.out.buffer] = found
                    if self._stored(item):
                        self._store(item.out, outer, found)

    # ---- one place of the space

    def _body(self, items: list[Item], indices: dict[int, str]) -> None:
        values: dict[Any, str] = {}
        for item in items:
            if item.axes:
                self._accumulate(item, values, indices)
                continue
            found = self._compute(item, values, indices)
            for key in [k for k in values if k[0] is item.out.buffer]:
                del values[key]
            values[_key(item.out)] = found
            if self._stored(item):
                self._store(item.out, indices, found)

    def _value(self, access: Access, values: dict, indices: dict[int, str]) -> str:
        if access.buffer in self.row_values:
            return self.row_values[access.buffer]
        key = _key(access)
        if key not in values:
            values[key] = self._load(access, indices)
        return values[key]

    def _compute(self, item: Item, values: dict, indices: dict[int, str]) -> str:
        step: Any = item.step
        if isinstance(step, Reduce):  # over dims of one element
            return self._value(item.args[0], values, indices)
        operands = []
        for arg, dtype in zip(item.args, step.types, strict=False):
            if isinstance(arg, Access):
                value = self._value(arg, values, indices)
                operands.append(cast(self.t, value, arg.view.dtype, dtype))
            else:
                operands.append(literal(arg, dtype))
        found = scalars.NATIVE[step.op](self.t, operands, step.types)
        return cast(self.t, found, step.types[-1], step.out.dtype)

    # ---- reductions

    def _sum_type(self, item: Item) -> np.dtype:
        dtype = item.out.view.dtype
        count = int(np.prod([self.loop.space[d] for d in item.axes]))
        if dtype == np.float32 and item.step.op == "add" and count > LONG_SUM:  # type: ignore[attr-defined]
            return np.dtype(np.float64)
        return dtype

    def _initial(self, item: Item, dtype: np.dtype) -> str:
        op = item.step.op  # type: ignore[attr-defined]
        if op in STARTS:
            return literal(STARTS[op], dtype)
        if dtype.kind == "f":
            return literal(-np.inf if op == "maximum" else np.inf, dtype)
        if dtype.kind == "b":
            return literal(op == "minimum", dtype)
        limits = np.iinfo(dtype)
        return literal(limits.min if op == "maximum" else limits.max, dtype)

    def _start(self, item: Item) -> None:
        dtype = self._sum_type(item)
        kind = register_type(dtype)
        place = self.accumulators.get(id(item))
        if place is None:
            place = self.accumulators[id(item)] = self.t.name("acc")
            self.stack.append((place, kind))
        self.t.do(f"store {kind} {self._initial(item, dtype)}, ptr {place}")

    def _combine(self, item: Item, dtype: np.dtype, old: str, new: str) -> str:
        op = item.step.op  # type: ignore[attr-defined]
        kind = register_type(dtype)
        if dtype.kind == "f" and op in ("add", "multiply"):
            return self.t.let(f"f{'add' if op == 'add' else 'mul'} reassoc {kind} {old}, {new}")
        return scalars.NATIVE[op](self.t, [old, new], (dtype, dtype, dtype))

    def _accumulate(self, item: Item, values: dict, indices: dict[int, str]) -> None:
        access = item.args[0]
        value = self._value(access, values, indices)
        if self._in_memory(item):
            dtype = item.out.view.dtype
            value = cast(self.t, value, access.view.dtype, dtype)
            old = self._load(item.out, indices)
            self._store(item.out, indices, self._combine(item, dtype, old, value))
            return
        dtype = self._sum_type(item)
        kind = register_type(dtype)
        value = cast(self.t, value, access.view.dtype, dtype)
        place = self.accumulators[id(item)]
        old = self.t.let(f"load {kind}, ptr {place}")
        self.t.do(f"store {kind} {self._combine(item, dtype, old, value)}, ptr {place}")

    def _finish(self, item: Item, outer: dict[int, str]) -> None:
        dtype = self._sum_type(item)
        found = self.t.let(f"load {register_type(dtype)}, ptr {self.accumulators[id(item)]}")
        found = cast(self.t, found, dtype, item.out.view.dtype)
        self.row_values[item.out.buffer] = found
        if self._stored(item):
            self._store(item.out, outer, found)

    def _start_in_memory(self, item: Item) -> None:
        free = [g for g in range(len(self.groups)) if self.groups[g][0] not in item.axes]
        start = self._initial(item, item.out.view.dtype)
        self._nest(free, {}, lambda indices: self._store(item.out, indices, start))


def _align(dtype: np.dtype) -> int:
    return dtype.alignment


def _key(access: Access) -> tuple:
    return access.buffer, access.view.offset, access.strides, access.view.dtype.str


def _collapsed(loop: Loop, split: int, strides_of: Any) -> list[list[int]]:
    """The dims of the space in groups that every view walks through in step."""
    groups: list[list[int]] = []
    for d in range(len(loop.space)):
        if not groups or d == split or not _in_step(loop, groups[-1][-1], d, strides_of):
            groups.append([d])
        else:
            groups[-1].append(d)
    return groups


def _in_step(loop: Loop, first: int, second: int, strides_of: Any) -> bool:
    for item in loop.items:
        if second >= len(item.space):
            if first < len(item.space):
                return False
            continue
        if (first in item.axes) != (second in item.axes):
            return False
        for access in [*item.reads, item.out]:
            strides = strides_of(access)
            if strides[first] != strides[second] * loop.space[second]:
                return False
    return True
