"""The entry: the native function that Python calls, as LLVM text.

It looks whether everything is as it was when the program was recorded (a few comparisons of
pointers and numbers), runs the body, and makes the result. Where something differs it hands the
call to a Python function, which finds another program or records a new one.
May import: compile.
"""

import ctypes
from typing import Any

import numpy as np

from .functions import declarations
from .graph import View
from .products import GEMM
from .program import Program

# where NumPy keeps what is asked of an array, in bytes from the start of the object
DATA, NDIM, SHAPE, STRIDES, DTYPE, FLAGS = 16, 24, 32, 40, 56, 64
ALIGNED = 0x0100
PYTHON = """
declare ptr @PyObject_GetAttr(ptr, ptr)
declare i32 @PyObject_SetAttr(ptr, ptr, ptr)
declare ptr @PyObject_CallNoArgs(ptr)
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare ptr @PyDict_GetItemWithError(ptr, ptr)
declare double @PyFloat_AsDouble(ptr)
declare ptr @PyLong_FromLongLong(i64)
declare i64 @PyLong_AsLongLong(ptr)
declare void @Py_DecRef(ptr)
declare void @Py_IncRef(ptr)
declare void @PyErr_SetString(ptr, ptr)
declare void @PyErr_Clear()
"""
STEP = """
define internal ptr @step(ptr %args, i64 %nargs, ptr %kwnames) {{
entry:
{loads}
{lines}
miss:
  call void @PyErr_Clear()
  call void @Py_IncRef(ptr {refused})
  ret ptr {refused}
wrong_index:
  call void @PyErr_SetString(ptr {error}, ptr {text})
  br label %failed
failed:
  ret ptr null
}}
"""
DOORS = """
define ptr @attempt(ptr %self, ptr %args, i64 %nargs, ptr %kwnames) {{
  %found = call ptr @step(ptr %args, i64 %nargs, ptr %kwnames)
  ret ptr %found
}}
define ptr @entry(ptr %self, ptr %args, i64 %nargs, ptr %kwnames) {{
  %found = call ptr @step(ptr %args, i64 %nargs, ptr %kwnames)
  %refused = {refused}
  %missed = icmp eq ptr %found, %refused
  br i1 %missed, label %slow, label %done
slow:
  call void @Py_DecRef(ptr %found)
  %later = {later}
  %answer = call ptr @PyObject_Vectorcall(ptr %later, ptr %args, i64 %nargs, ptr %kwnames)
  ret ptr %answer
done:
  ret ptr %found
}}
"""
NEW_FROM_DESCRIPTOR = 94  # PyArray_NewFromDescr in NumPy's table of C functions
# how many references a gradient has that its leaf, the recording and the table alone hold
GRAD_REFERENCES = 3
TP_NEW = 65  # Py_tp_new, for PyType_GetSlot


def array_maker() -> int:
    """The address of NumPy's function that makes an array."""
    capsule = np._core._multiarray_umath._ARRAY_API  # type: ignore[attr-defined]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = ctypes.cast(pointer(capsule, None), ctypes.POINTER(ctypes.c_void_p))
    return table[NEW_FROM_DESCRIPTOR]  # type: ignore[return-value]


def object_maker() -> int:
    """The address of `object.__new__`."""
    slot = ctypes.pythonapi.PyType_GetSlot
    slot.restype, slot.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_int]
    return slot(object, TP_NEW)  # type: ignore[return-value]


class Entry:
    """Writes the entry of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[str] = []
        self._count = 0

    def let(self, expression: str) -> str:
        """Gives the value of an expression a name."""
        self._count += 1
        self.lines.append(f"  %e{self._count} = {expression}")
        return f"%e{self._count}"

    def require(self, condition: str) -> None:
        """Goes on only where the condition holds; else the call is not for this program."""
        self._count += 1
        n = self._count
        self.lines += [f"  br i1 {condition}, label %ok{n}, label %miss", f"ok{n}:"]

    def field(self, base: str, offset: int, kind: str = "ptr") -> str:
        """What stands at an offset from a pointer."""
        at = self.let(f"getelementptr i8, ptr {base}, i64 {offset}") if offset else base
        return self.let(f"load {kind}, ptr {at}")

    def object(self, thing: Any) -> str:
        """A Python object, kept alive by the program."""
        return self.program.slot("object", thing)

    # ---- what must be as it was

    def count(self, arguments: int) -> None:
        """So many positional arguments, and none by keyword."""
        self.require(self.let(f"icmp eq i64 %nargs, {arguments}"))
        self.require(self.let("icmp eq ptr %kwnames, null"))

    def unchanged(self, counter: np.ndarray, seen: np.ndarray) -> None:
        """Two counters are equal."""
        now = self.field(self.program.slot("address", counter.ctypes.data), 0, "i64")
        then = self.field(self.program.slot("address", seen.ctypes.data), 0, "i64")
        self.require(self.let(f"icmp eq i64 {now}, {then}"))

    def holds(
        self, container: Any, offset: int, expected: Any, indirect: int | None = None
    ) -> None:
        """An object has a pointer to another, at an offset of itself or of what it points to."""
        base = self.object(container)
        if indirect is not None:
            base = self.field(base, indirect)
        found = self.field(base, offset)
        self.require(self.let(f"icmp eq ptr {found}, {self.object(expected)}"))

    def length(self, container: Any, count: int) -> None:
        """A list or tuple has so many elements."""
        found = self.field(self.object(container), 16, "i64")
        self.require(self.let(f"icmp eq i64 {found}, {count}"))

    def entry_of(self, mapping: dict, key: Any, expected: Any) -> None:
        """A dict has this very object under a key."""
        found = self.let(
            f"call ptr @PyDict_GetItemWithError(ptr {self.object(mapping)}, ptr {self.object(key)})"
        )
        self.require(self.let(f"icmp eq ptr {found}, {self.object(expected)}"))

    def attribute(self, thing: str, name: str) -> str:
        """An attribute, borrowed: whoever has it keeps it."""
        found = self.let(f"call ptr @PyObject_GetAttr(ptr {thing}, ptr {self.object(name)})")
        self.require(self.let(f"icmp ne ptr {found}, null"))
        self.lines.append(f"  call void @Py_DecRef(ptr {found})")
        return found

    def body(self, lines: list[str]) -> None:
        """The lines of a program."""
        self.lines += [line if line.endswith(":") else f"  {line}" for line in lines]

    def given(self, position: int) -> str:
        """A positional argument."""
        return self.field("%args", 8 * position)

    def argument(self, position: int, kind: type | None, view: View, tracked: bool | None) -> str:
        """A tensor argument laid out as the recorded one; the pointer to its data.

        Without `kind` and `tracked` its type and its history do not matter.
        """
        tensor = self.given(position)
        if kind is not None:
            self.require(self.let(f"icmp eq ptr {self.field(tensor, 8)}, {self.object(kind)}"))
        if tracked is not None:
            edge = self.attribute(tensor, "_edge")
            word = "ne" if tracked else "eq"
            self.require(self.let(f"icmp {word} ptr {edge}, {self.object(None)}"))
        array = self.attribute(tensor, "_array")
        self.require(self.let(f"icmp eq i32 {self.field(array, NDIM, 'i32')}, {len(view.shape)}"))
        found = self.field(array, DTYPE)
        self.require(self.let(f"icmp eq ptr {found}, {self.object(view.dtype)}"))
        flags = self.let(f"and i32 {self.field(array, FLAGS, 'i32')}, {ALIGNED}")
        self.require(self.let(f"icmp ne i32 {flags}, 0"))
        shape, strides = self.field(array, SHAPE), self.field(array, STRIDES)
        for d, (size, stride) in enumerate(zip(view.shape, view.strides, strict=True)):
            self.require(self.let(f"icmp eq i64 {self.field(shape, 8 * d, 'i64')}, {size}"))
            if size != 1:
                self.require(self.let(f"icmp eq i64 {self.field(strides, 8 * d, 'i64')}, {stride}"))
        data = self.field(array, DATA)
        pointer = f"%p{view.buffer.id}"
        # the buffer starts where its lowest address is, the data where its first element is
        self.lines.append(f"  {pointer} = getelementptr i8, ptr {data}, i64 {-view.offset}")
        return pointer

    def same_argument(self, position: int, tensor: Any) -> None:
        """The argument is this very tensor."""
        found = self.given(position)
        self.require(self.let(f"icmp eq ptr {found}, {self.object(tensor)}"))

    def same_arguments(self, first: int, second: int) -> None:
        """Two arguments are one tensor."""
        found = [self.given(n) for n in (first, second)]
        self.require(self.let(f"icmp eq ptr {found[0]}, {found[1]}"))

    def apart(self, pointer: str, size: int, other: str, other_size: int) -> None:
        """Two runs of memory do not overlap."""
        ends = self.let(f"getelementptr i8, ptr {pointer}, i64 {size}")
        other_ends = self.let(f"getelementptr i8, ptr {other}, i64 {other_size}")
        before = self.let(f"icmp ule ptr {ends}, {other}")
        after = self.let(f"icmp ule ptr {other_ends}, {pointer}")
        self.require(self.let(f"or i1 {before}, {after}"))

    def grad_is(self, leaf: Any, grad: Any) -> None:
        """The leaf's gradient is this very tensor, which nobody else holds."""
        found = self.attribute(self.object(leaf), "_grad")
        self.require(self.let(f"icmp eq ptr {found}, {self.object(grad)}"))
        references = self.field(found, 0, "i64")
        self.require(self.let(f"icmp ule i64 {references}, {GRAD_REFERENCES}"))

    def takes_turn(self, ready: np.ndarray) -> None:
        """A call that has been prepared for, once; `ready` is 1 then and 0 after."""
        at = self.program.slot("address", ready.ctypes.data)
        self.require(self.let(f"icmp eq i64 {self.field(at, 0, 'i64')}, 1"))
        self.lines.append(f"  store i64 0, ptr {at}")

    def number(self, mapping: dict, key: str, buffer: Any) -> None:
        """Reads a Python float from a dict into memory."""
        found = self.let(
            f"call ptr @PyDict_GetItemWithError(ptr {self.object(mapping)}, ptr {self.object(key)})"
        )
        self.require(self.let(f"icmp ne ptr {found}, null"))
        self.require(self.let(f"icmp eq ptr {self.field(found, 8)}, {self.object(float)}"))
        value = self.let(f"call double @PyFloat_AsDouble(ptr {found})")
        self.lines.append(f"  store double {value}, ptr {self.program.pointer(buffer)}")

    # ---- what comes out

    def new_array(self, view: View) -> str:
        """A new array for a result; its data is the memory of the view's buffer."""
        program = self.program
        make = program.slot("address", array_maker())
        dtype = self.object(view.dtype)
        self.lines.append(f"  call void @Py_IncRef(ptr {dtype})")
        sizes = "null"
        if view.shape:
            sizes = program.slot("address", self._sizes(view.shape))
        kind = self.object(np.ndarray)
        array = self.let(
            f"call ptr {make}(ptr {kind}, ptr {dtype}, i32 {len(view.shape)}, ptr {sizes}, "
            "ptr null, ptr null, i32 0, ptr null)"
        )
        data = self.field(array, DATA)
        self.lines.append(f"  %p{view.buffer.id} = getelementptr i8, ptr {data}, i64 0")
        return array

    def _sizes(self, shape: tuple) -> int:
        sizes = np.array(shape, np.int64)
        self.program.slot("object", sizes)
        return sizes.ctypes.data

    def new_tensor(self, kind: type, array: str) -> str:
        """A tensor over an array."""
        make = self.program.slot("address", object_maker())
        empty = self.object(())
        tensor = self.let(f"call ptr {make}(ptr {self.object(kind)}, ptr {empty}, ptr null)")
        name = self.object("_array")
        self.let(f"call i32 @PyObject_SetAttr(ptr {tensor}, ptr {name}, ptr {array})")
        self.lines.append(f"  call void @Py_DecRef(ptr {array})")
        return tensor

    def count_change(self, storage: Any) -> None:
        """Adds 1 to the version of a storage."""
        name = self.object("version")
        old = self.let(f"call ptr @PyObject_GetAttr(ptr {self.object(storage)}, ptr {name})")
        value = self.let(f"call i64 @PyLong_AsLongLong(ptr {old})")
        self.lines.append(f"  call void @Py_DecRef(ptr {old})")
        more = self.let(f"add i64 {value}, 1")
        new = self.let(f"call ptr @PyLong_FromLongLong(i64 {more})")
        self.let(f"call i32 @PyObject_SetAttr(ptr {self.object(storage)}, ptr {name}, ptr {new})")
        self.lines.append(f"  call void @Py_DecRef(ptr {new})")

    # ---- all of it

    def module(self, slow: Any, message: Any) -> str:
        """The module's text: kernels, the step, and its two doors.

        `entry` gives a call that is not for this program to `slow`; `attempt` answers
        NotImplemented.
        """
        program = self.program
        refused = self.object(NotImplemented)
        error = self.object(IndexError)
        text = program.slot("address", message)
        later = self.object(slow)
        loads = [f"  %t{n} = {self._slot(n)}" for n in range(len(program.table))]
        kernels = [body.replace("@KERNEL", f"@{name}", 1) for body, name in program.kernels.items()]
        parts = [
            f"@table = global [{len(program.table)} x ptr] zeroinitializer",
            PYTHON,
            declarations(),
            *program.declared.values(),
            GEMM,
            *kernels,
            STEP.format(
                loads="\n".join(loads),
                lines="\n".join(self.lines),
                refused=refused,
                error=error,
                text=text,
            ),
            DOORS.format(refused=self._slot(int(refused[2:])), later=self._slot(int(later[2:]))),
        ]
        return "\n".join(parts)

    def _slot(self, number: int) -> str:
        size = len(self.program.table)
        return f"load ptr, ptr getelementptr ([{size} x ptr], ptr @table, i64 0, i64 {number})"
