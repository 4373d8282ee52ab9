"""A program: the loops, products and calls of a recording as the body of one native function.

Everything it needs at run time stands in a table of pointers, so that its code knows no address
of this process and can be kept on disk.
May import: compile.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

from .fuse import Loop, gathered, uses_outside
from .graph import (
    ARGUMENT,
    NUMBER,
    TEMPORARY,
    Buffer,
    Call,
    Map,
    Pick,
    Product,
    Step,
    View,
    buffers_of,
    verify,
)  # fmt: skip
from .loops import LoopWriter
from .picks import PickWriter
from .products import blas_of, is_small, leading, write_blas, write_small
from .scalars import register_type
from .simplify import simplified

ALIGNMENT = 64


class Program:
    """Steps made native. Buffers of `kept` outlive a call; those of `fresh` are made anew by it."""

    def __init__(
        self, steps: list[Step], kept: set[Buffer], fresh: set[Buffer], count: int
    ) -> None:
        verify(steps)
        self.recorded = len(steps)
        self.kept = kept
        self.fresh = fresh
        self.steps = simplified(steps, kept, count)
        self.steps = Readied(self.steps, fresh, count + len(steps)).steps
        verify(self.steps)
        self.nodes = gathered(self.steps)
        self.table: list[tuple[str, Any]] = []  # what each slot holds: a kind and a thing
        self._slots: dict[Any, int] = {}
        self.kernels: dict[str, str] = {}  # the text of each function, nameless, and its name
        self.declared: dict[str, str] = {}
        self._count = 0
        self._touched: list[tuple[list[Buffer], dict[Buffer, int]]] = []
        self.lines = self._lowered()
        self._plan_memory()

    # ---- the table of pointers

    def slot(self, kind: str, thing: Any) -> str:
        """The register of a table entry: a "buffer"'s pointer, an "object", or an "address"."""
        key = (kind, id(thing) if kind == "object" else thing)
        found = self._slots.get(key)
        if found is None:
            found = self._slots[key] = len(self.table)
            self.table.append((kind, thing))
        return f"%t{found}"

    def move_slot(self, kind: str, old: Any, new: Any) -> int | None:
        """Puts another thing into the place of an old one; gives the place."""
        place = self._slots.pop((kind, id(old) if kind == "object" else old), None)
        if place is not None:
            self._slots[kind, id(new) if kind == "object" else new] = place
            self.table[place] = (kind, new)
        return place

    def pointer(self, buffer: Buffer) -> str:
        """The register that holds a buffer's pointer."""
        if buffer.kind == ARGUMENT or buffer in self.fresh:
            return f"%p{buffer.id}"
        return self.slot("buffer", buffer)

    def filled_table(self) -> Any:
        """The table as memory, with the addresses of this process."""
        table = (ctypes.c_void_p * max(len(self.table), 1))()
        for place, (kind, thing) in enumerate(self.table):
            if kind == "buffer":
                table[place] = self.address(thing)
            else:
                table[place] = thing if kind == "address" else id(thing)
        return table

    # ---- lowering

    def _lowered(self) -> list[str]:
        needed = uses_outside(self.nodes, self.kept)
        lines: list[str] = []
        for place, node in enumerate(self.nodes):
            rows: dict[Buffer, int] = {}
            if isinstance(node, Loop):
                writer = LoopWriter(node, needed[place])
                name, touched = self._kernel(writer.write)
                self.declared.update(writer.t.declared)
                inner = int(np.prod(node.space[writer.split :], dtype=np.int64))
                rows = dict.fromkeys(writer.rows, inner * 8)
                lines.append(self._called("void", name, touched))
            else:
                touched = list(buffers_of([node]))
                if isinstance(node, Product):
                    lines.append(self._product(node))
                elif isinstance(node, Pick):
                    name, order = self._kernel(PickWriter(node).write)
                    lines += self._checked(self._called("i1", name, order))
                else:
                    lines += self._python(node)
            self._touched.append((touched, rows))
        return lines

    def _kernel(self, write: Callable) -> tuple[str, Any]:
        """Writes a function once, however many steps have the same; gives its name."""
        text, rest = write("KERNEL")
        name = self.kernels.setdefault(text, f"k{len(self.kernels)}")
        return name, rest

    def _called(self, kind: str, name: str, buffers: list[Buffer], *more: str) -> str:
        pointers = [*more, *(f"ptr {self.pointer(b)}" for b in buffers)]
        return f"call {kind} @{name}({', '.join(pointers)})"

    def _product(self, step: Product) -> str:
        buffers = [step.a.buffer, step.b.buffer, step.out.buffer]
        if is_small(step):
            name, _ = self._kernel(lambda n: (write_small(step, n), None))
            return self._called("void", name, buffers)
        blas = blas_of(register_type(step.out.dtype))
        assert blas is not None
        lines = (leading(step.a), leading(step.b))
        name, _ = self._kernel(lambda n: (write_blas(step, n, lines, blas.integer), None))
        return self._called("void", name, buffers, f"ptr {self.slot('address', blas.address)}")

    def _checked(self, call: str) -> list[str]:
        self._count += 1
        n = self._count
        return [
            f"%bad{n} = {call}",
            f"br i1 %bad{n}, label %wrong_index, label %on{n}",
            f"on{n}:",
        ]

    def _python(self, step: Call) -> list[str]:
        self._count += 1
        n = self._count
        callback = self.slot("object", Callback(self, step))
        return [
            f"%r{n} = call ptr @PyObject_CallNoArgs(ptr {callback})",
            f"%none{n} = icmp eq ptr %r{n}, null",
            f"br i1 %none{n}, label %failed, label %went{n}",
            f"went{n}:",
            f"call void @Py_DecRef(ptr %r{n})",
        ]

    # ---- memory

    def _plan_memory(self) -> None:
        """Places the temporaries in one run of memory, each where none lives at the same time."""
        first: dict[Buffer, int] = {}
        last: dict[Buffer, int] = {}
        sizes: dict[Buffer, int] = {}
        for place, (touched, rows) in enumerate(self._touched):
            for buffer in touched:
                if buffer.kind not in (TEMPORARY, NUMBER) or buffer in self.fresh:
                    continue
                first.setdefault(buffer, place if buffer.kind == TEMPORARY else -1)
                last[buffer] = place
                sizes[buffer] = rows.get(buffer, buffer.nbytes)
        for buffer in self.kept:
            if buffer in first:
                first[buffer], last[buffer] = -1, len(self._touched)
        self.offsets: dict[Buffer, int] = {}
        placed: list[tuple[int, int, Buffer]] = []
        for buffer in sorted(first, key=lambda b: -sizes[b]):
            start = 0
            size = -(-sizes[buffer] // ALIGNMENT) * ALIGNMENT
            for begin, end, other in sorted(placed, key=lambda p: p[0]):
                if last[other] < first[buffer] or last[buffer] < first[other] or end <= start:
                    continue
                if begin >= start + size:
                    break
                start = end
            self.offsets[buffer] = start
            placed.append((start, start + size, buffer))
        total = max([end for _, end, _ in placed], default=0)
        self.memory = np.zeros(total + ALIGNMENT, np.uint8)
        self.base = -(-self.memory.ctypes.data // ALIGNMENT) * ALIGNMENT

    def address(self, buffer: Buffer) -> int:
        """Where a buffer stands whose memory is not made or given at each call."""
        offset = self.offsets.get(buffer)
        return buffer.address if offset is None else self.base + offset

    def array_of(self, view: View, at: int | None = None) -> np.ndarray:
        """A view as an array over the memory of this program."""
        buffer = view.buffer
        address = self.address(buffer) if at is None else at
        memory: Any = (ctypes.c_char * max(buffer.nbytes, 1)).from_address(address)
        return np.ndarray(view.shape, view.dtype, memory, view.offset, view.strides)


class Callback:
    """What the native code calls where a step runs in Python."""

    def __init__(self, program: Program, step: Call) -> None:
        self.program = program
        self.step = step

    def __call__(self) -> None:
        program, step = self.program, self.step
        args, kwargs = step.arguments([program.array_of(v) for v in step.views])
        with np.errstate(all="ignore"):
            results = step.function(*args, **kwargs)
        several = results if isinstance(results, tuple) else (results,) if step.outs else ()
        for view, result in zip(step.outs, several, strict=True):
            if np.shape(result) != view.shape:
                raise RuntimeError(
                    f"compiled: {step.title} at {step.where} gave shape {list(np.shape(result))}, "
                    f"{list(view.shape)} when it was recorded: its shape depends on the numbers"
                )
            np.copyto(program.array_of(view), result, casting="unsafe")


class Readied:
    """Copies what BLAS cannot read as it lies, and what a call cannot find at a fixed address.

    Memory that is given or made at each call has another address each time.
    """

    def __init__(self, steps: list[Step], fresh: set[Buffer], count: int) -> None:
        self.fresh = fresh
        self.count = count
        self.steps: list[Step] = []
        for step in steps:
            after: list[Step] = []
            if isinstance(step, Product) and not is_small(step):
                if blas_of(register_type(step.out.dtype)) is None:
                    step = _called(step)
            if isinstance(step, Product) and not is_small(step):
                step.a, step.b = (
                    v if leading(v) is not None else self.copied(v, step) for v in (step.a, step.b)
                )
            elif isinstance(step, Call):
                step.views = [self.copied(v, step) if self._moves(v) else v for v in step.views]
                outs = [self._temporary(v) if self._moves(v) else v for v in step.outs]
                for new, old in zip(outs, step.outs, strict=True):
                    if new is not old:
                        after.append(self._copy(new, old, step))
                step.outs = outs
            self.steps += [step, *after]

    def _moves(self, view: View) -> bool:
        return view.buffer.kind == ARGUMENT or view.buffer in self.fresh

    def _temporary(self, view: View) -> View:
        array = np.empty(view.shape, view.dtype)
        self.count += 1
        buffer = Buffer(TEMPORARY, array, self.count)
        return View(buffer, view.dtype, view.shape, array.strides, 0)

    def _copy(self, source: View, target: View, step: Step) -> Step:
        copy = Map("copy", target, (source,), (source.dtype, source.dtype))
        copy.where = step.where
        return copy

    def copied(self, view: View, step: Step) -> View:
        """A dense copy of the view, made before the step."""
        dense = self._temporary(view)
        self.steps.append(self._copy(view, dense, step))
        return dense


def _called(step: Product) -> Call:
    """A product that NumPy makes."""
    found = Call(np.matmul, [step.a, step.b], lambda arrays: (tuple(arrays), {}), [step.out])
    found.where = step.where
    return found
