"""The recorded program: a list of steps over strided views of buffers.

Every step writes one view (a call back into Python may write several) and reads others. A buffer
is memory made by the program, given at each call, or belonging to a tensor from outside.
May import: nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

TEMPORARY, ARGUMENT, OUTSIDE, CONSTANT, NUMBER = (
    "temporary", "argument", "outside", "constant", "number",
)  # fmt: skip


# the reductions that a step can be, and where those start that have a number to start from
REDUCTIONS = ("add", "multiply", "maximum", "minimum", "logical_or", "logical_and")
STARTS = {"add": 0, "multiply": 1, "logical_or": False, "logical_and": True}


class Buffer:
    """A run of memory: where its concrete numbers were while recording, and whose it is.

    `temporary` lives within one call; `argument` comes with the call; `outside` belongs to a
    tensor that outlives it; `constant` was made by Python while recording and is copied in anew
    when the program writes to it; `number` is a Python float read at each call.
    """

    __slots__ = ("address", "array", "id", "kind", "nbytes", "read_number")

    def __init__(self, kind: str, array: np.ndarray, number: int) -> None:
        self.kind = kind
        self.array = array  # keeps the memory alive while its address is looked up
        low, high = np.lib.array_utils.byte_bounds(array)
        self.address = low
        self.nbytes = high - low
        self.id = number
        self.read_number: tuple[dict, str] | None = None

    @property
    def bytes(self) -> np.ndarray:
        """Its memory while recording, as a line of bytes."""
        array = self.array if self.array.ndim else self.array.reshape(1)
        first = array[(slice(1),) * array.ndim].reshape(-1).view(np.uint8)
        return np.lib.stride_tricks.as_strided(first, (self.nbytes,), (1,))

    def __repr__(self) -> str:
        return f"{self.kind[0]}{self.id}"


class View:
    """Where elements stand in a buffer; strides and offset in bytes."""

    __slots__ = ("buffer", "dtype", "offset", "shape", "strides")

    def __init__(
        self, buffer: Buffer, dtype: np.dtype, shape: tuple, strides: tuple, offset: int
    ) -> None:
        self.buffer = buffer
        self.dtype = dtype
        self.shape = shape
        self.strides = tuple(0 if n == 1 else s for n, s in zip(shape, strides, strict=True))
        self.offset = offset

    @property
    def layout(self) -> tuple:
        """What makes two views of one buffer the same elements in the same order."""
        return self.dtype, self.shape, self.strides, self.offset

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def whole(self) -> bool:
        """Whether it is all of its buffer, row by row."""
        return (
            self.offset == 0
            and self.size * self.dtype.itemsize == self.buffer.nbytes
            and self.strides == dense(self.shape, self.dtype.itemsize)
        )

    def of(self, buffer: Buffer) -> "View":
        """The same elements of another buffer."""
        return View(buffer, self.dtype, self.shape, self.strides, self.offset)

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.shape)) or "()"
        return f"{self.buffer!r}:{self.dtype.name}[{shape}]"


def dense(shape: tuple, itemsize: int) -> tuple:
    """The strides in bytes of a row-major array, 0 where a dim has one element."""
    strides = []
    step = itemsize
    for size in reversed(shape):
        strides.append(0 if size == 1 else step)
        step *= size
    return tuple(reversed(strides))


class Step:
    """One instruction. `where` is the user's file and line."""

    __slots__ = ("out", "where")

    out: View
    where: str

    @property
    def reads(self) -> list[View]:
        """The views it reads."""
        return []

    @property
    def writes(self) -> list[View]:
        """The views it writes."""
        return [self.out]

    def replace(self, change: Callable[[View], View], write: Callable[[View], View]) -> None:
        """Puts other views in place of those it reads, and of those it writes."""
        self.out = write(self.out)

    @property
    def title(self) -> str:
        """Its name, for people."""
        return type(self).__name__.lower()

    def __repr__(self) -> str:
        return f"{self.out!r} = {self.title}({', '.join(map(repr, self.reads))})"


class Map(Step):
    """An elementwise operation with broadcasting; an argument is a view or a Python number.

    `types` are the dtypes the operation computes on, the result's last.
    """

    __slots__ = ("args", "op", "types")

    def __init__(self, op: str, out: View, args: tuple, types: tuple) -> None:
        self.op = op
        self.out = out
        self.args = args
        self.types = types

    @property
    def reads(self) -> list[View]:
        """The views it reads."""
        return [a for a in self.args if isinstance(a, View)]

    def replace(self, change: Callable, write: Callable) -> None:
        """Puts other views in place."""
        self.args = tuple(change(a) if isinstance(a, View) else a for a in self.args)
        self.out = write(self.out)

    @property
    def title(self) -> str:
        """The operation."""
        return self.op

    def __repr__(self) -> str:
        return f"{self.out!r} = {self.op}({', '.join(map(repr, self.args))})"


class Reduce(Step):
    """A reduction over axes; the result has the shape with those axes kept as 1."""

    __slots__ = ("arg", "axes", "op")

    def __init__(self, op: str, out: View, arg: View, axes: tuple) -> None:
        self.op = op
        self.out = out
        self.arg = arg
        self.axes = axes

    @property
    def reads(self) -> list[View]:
        """The view it reads."""
        return [self.arg]

    def replace(self, change: Callable, write: Callable) -> None:
        """Puts other views in place."""
        self.arg = change(self.arg)
        self.out = write(self.out)

    @property
    def title(self) -> str:
        """The operation."""
        return f"{self.op}.reduce"


class Product(Step):
    """The matrix product of (batches of) matrices: out[..., i, j] = sum a[..., i, k] b[..., k, j].

    All three have the same number of dims.
    """

    __slots__ = ("a", "b")

    def __init__(self, out: View, a: View, b: View) -> None:
        self.out = out
        self.a = a
        self.b = b

    @property
    def reads(self) -> list[View]:
        """The two factors."""
        return [self.a, self.b]

    def replace(self, change: Callable, write: Callable) -> None:
        """Puts other views in place."""
        self.a, self.b = change(self.a), change(self.b)
        self.out = write(self.out)

    @property
    def title(self) -> str:
        """Its name."""
        return "matmul"


class Pick(Step):
    """Gathers or scatters by integer indices.

    `index` has an entry for each dim of `table`: a view of integers that broadcasts to `where_`,
    or a pair (start, step) with the dim of the iteration that runs along it. `how` is "gather"
    (out = values of the table), "scatter" (table = values) or "add".
    """

    __slots__ = ("how", "index", "shape", "table", "values")

    def __init__(self, how: str, table: View, index: tuple, values: View, shape: tuple) -> None:
        self.how = how
        self.table = table
        self.index = index
        self.values = values
        self.shape = shape
        self.out = values if how == "gather" else table

    @property
    def reads(self) -> list[View]:
        """The indices and what is copied; a scatter keeps what it does not overwrite."""
        return (
            [i for i in self.index if isinstance(i, View)]
            + [self.table]
            + ([] if self.how == "gather" else [self.values])
        )

    def replace(self, change: Callable, write: Callable) -> None:
        """Puts other views in place."""
        self.index = tuple(change(i) if isinstance(i, View) else i for i in self.index)
        if self.how == "gather":
            self.table, self.values = change(self.table), write(self.values)
            self.out = self.values
        else:
            self.values, self.table = change(self.values), write(self.table)
            self.out = self.table

    @property
    def title(self) -> str:
        """Its name."""
        return self.how


class Call(Step):
    """A call back into Python: what has no native form yet."""

    __slots__ = ("arguments", "effect", "function", "outs", "views")

    def __init__(
        self, function: Callable, views: list[View], arguments: Callable, outs: list[View]
    ) -> None:
        self.function = function
        self.views = views  # what it reads
        self.arguments = arguments  # from the arrays of the views to (args, kwargs)
        self.outs = outs
        self.effect = False  # whether it matters though nobody reads its results
        self.out = outs[0] if outs else None  # type: ignore[assignment]

    @property
    def reads(self) -> list[View]:
        """The views among its arguments."""
        return self.views

    @property
    def writes(self) -> list[View]:
        """The views of its results."""
        return self.outs

    def replace(self, change: Callable, write: Callable) -> None:
        """Puts other views in place."""
        self.views = [change(v) for v in self.views]
        self.outs = [write(v) for v in self.outs]
        self.out = self.outs[0] if self.outs else self.out

    @property
    def title(self) -> str:
        """The name of the function called."""
        return f"call {getattr(self.function, '__name__', self.function)}"

    def __repr__(self) -> str:
        return f"{self.outs} = {self.title}({', '.join(map(repr, self.views))})"


def buffers_of(steps: list[Step]) -> Iterator[Buffer]:
    """Every buffer the steps touch, each once, in order of appearance."""
    seen = set()
    for step in steps:
        for view in [*step.reads, *step.writes]:
            if view.buffer not in seen:
                seen.add(view.buffer)
                yield view.buffer


def verify(steps: list[Step]) -> None:
    """Raises AssertionError unless every temporary is written before it is read and views fit."""
    written: set[Any] = set()
    for step in steps:
        for view in [*step.reads, *step.writes]:
            last = view.offset + view.dtype.itemsize
            first = view.offset
            for size, stride in zip(view.shape, view.strides, strict=True):
                if size == 0:
                    break
                if stride > 0:
                    last += (size - 1) * stride
                else:
                    first += (size - 1) * stride
            else:
                assert 0 <= first <= last <= view.buffer.nbytes, f"{view} leaves its buffer: {step}"
        for view in step.reads:
            known = view.buffer.kind != TEMPORARY or view.buffer in written
            assert known or not view.size, f"{view} is read before it is written: {step}"
        written.update(view.buffer for view in step.writes)
