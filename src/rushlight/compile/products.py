"""Matrix products as LLVM text: loops for small ones, BLAS for the rest.

May import: core, compile.
"""

import ctypes
from typing import Any

import numpy as np

from ..core import optional
from .graph import Product, View
from .scalars import literal, register_type
from .text import Text

# up to this many multiplications the loops are quicker than a call of BLAS
SMALL = 6000
GEMM = """
define internal void @gemm.{kind}(ptr %function, ptr %a, ptr %b, ptr %c, i32 %m, i32 %n, i32 %k,
    i32 %lda, i32 %ldb, i32 %ldc, i8 %ta, i8 %tb) alwaysinline {{
  %s = alloca [6 x i32]
  %f = alloca [2 x {kind}]
  %c.a = alloca [2 x i8]
  %pm = getelementptr i32, ptr %s, i64 0
  %pn = getelementptr i32, ptr %s, i64 1
  %pk = getelementptr i32, ptr %s, i64 2
  %pa = getelementptr i32, ptr %s, i64 3
  %pb = getelementptr i32, ptr %s, i64 4
  %pc = getelementptr i32, ptr %s, i64 5
  %one = getelementptr {kind}, ptr %f, i64 0
  %zero = getelementptr {kind}, ptr %f, i64 1
  %pta = getelementptr i8, ptr %c.a, i64 0
  %ptb = getelementptr i8, ptr %c.a, i64 1
  store i32 %m, ptr %pm
  store i32 %n, ptr %pn
  store i32 %k, ptr %pk
  store i32 %lda, ptr %pa
  store i32 %ldb, ptr %pb
  store i32 %ldc, ptr %pc
  store {kind} 1.0, ptr %one
  store {kind} 0.0, ptr %zero
  store i8 %ta, ptr %pta
  store i8 %tb, ptr %ptb
  call void %function(ptr %pta, ptr %ptb, ptr %pm, ptr %pn, ptr %pk, ptr %one, ptr %a, ptr %pa,
    ptr %b, ptr %pb, ptr %zero, ptr %c, ptr %pc)
  ret void
}}
"""


def blas_address(kind: str) -> int | None:
    """The address of SciPy's sgemm or dgemm; None without SciPy."""
    if not optional.available("scipy"):
        return None
    exported = optional.require("scipy.linalg.cython_blas", extra="compile").__pyx_capi__
    capsule = exported["sgemm" if kind == "float" else "dgemm"]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return pointer(capsule, name(capsule))


def is_small(step: Product) -> bool:
    """Whether loops are quicker than BLAS."""
    m, k = step.a.shape[-2:]
    return m * k * step.b.shape[-1] <= SMALL


def leading(view: View) -> tuple[bool, int] | None:
    """For BLAS: whether the matrix is stored by columns, and the step between its lines.

    None when neither dim is dense.
    """
    rows, columns = view.shape[-2:]
    row_step, column_step = (s // view.dtype.itemsize for s in view.strides[-2:])
    aligned = all(s % view.dtype.itemsize == 0 for s in view.strides)
    if not aligned:
        return None
    if (column_step == 1 or columns == 1) and (row_step >= columns or rows == 1):
        return False, max(row_step, columns, 1)
    if (row_step == 1 or rows == 1) and (column_step >= rows or columns == 1):
        return True, max(column_step, rows, 1)
    return None


def write_small(step: Product, name: str) -> str:
    """A function of three pointers: loops, the inner one along dense memory."""
    t = Text()
    dtype = step.out.dtype
    kind = register_type(dtype)
    *batch, m, n = step.out.shape
    k = step.a.shape[-1]

    def address(view: View, base: str, indices: list[str]) -> str:
        total = str(view.offset)
        for index, stride in zip(indices, view.strides, strict=True):
            if stride and index != "0":
                term = t.let(f"mul nsw i64 {index}, {stride}")
                total = term if total == "0" else t.let(f"add nsw i64 {total}, {term}")
        return base if total == "0" else t.let(f"getelementptr i8, ptr {base}, i64 {total}")

    def load(view: View, base: str, indices: list[str]) -> str:
        return t.let(f"load {kind}, ptr {address(view, base, indices)}, align {dtype.itemsize}")

    def store(value: str, indices: list[str]) -> None:
        t.do(
            f"store {kind} {value}, ptr {address(step.out, '%c', indices)}, align {dtype.itemsize}"
        )

    dense_columns = step.b.strides[-1] in (dtype.itemsize, 0) and n > 1

    def by_columns(lead: list[str]) -> None:
        def row(i: str) -> None:
            t.loop(n, lambda j: store(literal(0, dtype), [*lead, i, j]), "j")

            def inner(p: str) -> None:
                left = load(step.a, "%a", [*lead, i, p])

                def column(j: str) -> None:
                    product = t.let(
                        f"fmul contract {kind} {left}, {load(step.b, '%b', [*lead, p, j])}"
                    )
                    place = address(step.out, "%c", [*lead, i, j])
                    old = t.let(f"load {kind}, ptr {place}, align {dtype.itemsize}")
                    new = t.let(f"fadd contract {kind} {old}, {product}")
                    t.do(f"store {kind} {new}, ptr {place}, align {dtype.itemsize}")

                t.loop(n, column, "j")

            t.loop(k, inner, "p")

        t.loop(m, row, "i")

    def by_dots(lead: list[str]) -> None:
        def row(i: str) -> None:
            def column(j: str) -> None:
                t.do(f"store {kind} {literal(0, dtype)}, ptr %acc")

                def inner(p: str) -> None:
                    left = load(step.a, "%a", [*lead, i, p])
                    right = load(step.b, "%b", [*lead, p, j])
                    product = t.let(f"fmul contract {kind} {left}, {right}")
                    old = t.let(f"load {kind}, ptr %acc")
                    new = t.let(f"fadd reassoc contract {kind} {old}, {product}")
                    t.do(f"store {kind} {new}, ptr %acc")

                t.loop(k, inner, "p")
                store(t.let(f"load {kind}, ptr %acc"), [*lead, i, j])

            t.loop(n, column, "j")

        t.loop(m, row, "i")

    def nest(sizes: list[int], lead: list[str]) -> None:
        if not sizes:
            (by_columns if dense_columns else by_dots)(lead)
            return
        t.loop(sizes[0], lambda i: nest(sizes[1:], [*lead, i]), "z")

    nest(list(batch), [])
    parameters = "ptr noalias %a, ptr noalias %b, ptr noalias %c"
    head = f"define internal void @{name}({parameters}) noinline nounwind {{\nentry:"
    return "\n".join([head, f"  %acc = alloca {kind}", *t.lines, "  ret void", "}"])


def write_blas(step: Product, name: str, lines: Any) -> str:
    """A function of BLAS's address and three pointers: one call for each matrix of the batch."""
    t = Text()
    kind = register_type(step.out.dtype)
    *batch, m, n = step.out.shape
    k = step.a.shape[-1]
    # BLAS counts by columns: c transposed = b transposed times a transposed
    b_columns, b_lead = lines[1]
    a_columns, a_lead = lines[0]

    def offset(view: View, base: str, lead: list[str]) -> str:
        total = str(view.offset)
        for index, stride in zip(lead, view.strides, strict=False):
            if stride and index != "0":
                term = t.let(f"mul nsw i64 {index}, {stride}")
                total = term if total == "0" else t.let(f"add nsw i64 {total}, {term}")
        return base if total == "0" else t.let(f"getelementptr i8, ptr {base}, i64 {total}")

    def multiply(lead: list[str]) -> None:
        a, b, c = (
            offset(v, p, lead) for v, p in ((step.a, "%a"), (step.b, "%b"), (step.out, "%c"))
        )
        ta, tb = (ord("T") if x else ord("N") for x in (b_columns, a_columns))
        t.do(
            f"call void @gemm.{kind}(ptr %f, ptr {b}, ptr {a}, ptr {c}, i32 {n}, i32 {m}, i32 {k}, "
            f"i32 {b_lead}, i32 {a_lead}, i32 {n}, i8 {ta}, i8 {tb})"
        )

    def nest(sizes: list[int], lead: list[str]) -> None:
        if not sizes:
            multiply(lead)
            return
        t.loop(sizes[0], lambda i: nest(sizes[1:], [*lead, i]), "z")

    nest(list(batch), [])
    head = f"define internal void @{name}(ptr %f, ptr %a, ptr %b, ptr %c) noinline {{\nentry:"
    return "\n".join([head, *t.lines, "  ret void", "}"])


def multiplications(step: Product) -> int:
    """How many multiplications the product takes."""
    return int(np.prod(step.out.shape)) * step.a.shape[-1]
