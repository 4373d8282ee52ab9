"""Matrix products as LLVM text: loops for small ones, BLAS for the rest.

May import: core, compile.
"""

import ctypes
import functools
from typing import Any, NamedTuple

from ..core.machine import blas
from .graph import Product, View
from .scalars import literal, register_type
from .text import Text

# up to this many multiplications the loops are quicker than a call of BLAS
SMALL = 6000
TEMPLATE = """
define internal void @gemm.{kind}.{int}(ptr %function, ptr %a, ptr %b, ptr %c,
    {int} %m, {int} %n, {int} %k,
    {int} %lda, {int} %ldb, {int} %ldc, i8 %ta, i8 %tb) alwaysinline {{
  %s = alloca [6 x {int}]
  %f = alloca [2 x {kind}]
  %c.a = alloca [2 x i8]
  %pm = getelementptr {int}, ptr %s, i64 0
  %pn = getelementptr {int}, ptr %s, i64 1
  %pk = getelementptr {int}, ptr %s, i64 2
  %pa = getelementptr {int}, ptr %s, i64 3
  %pb = getelementptr {int}, ptr %s, i64 4
  %pc = getelementptr {int}, ptr %s, i64 5
  %one = getelementptr {kind}, ptr %f, i64 0
  %zero = getelementptr {kind}, ptr %f, i64 1
  %pta = getelementptr i8, ptr %c.a, i64 0
  %ptb = getelementptr i8, ptr %c.a, i64 1
  store {int} %m, ptr %pm
  store {int} %n, ptr %pn
  store {int} %k, ptr %pk
  store {int} %lda, ptr %pa
  store {int} %ldb, ptr %pb
  store {int} %ldc, ptr %pc
  store {kind} 1.0, ptr %one
  store {kind} 0.0, ptr %zero
  store i8 %ta, ptr %pta
  store i8 %tb, ptr %ptb
  call void %function(ptr %pta, ptr %ptb, ptr %pm, ptr %pn, ptr %pk, ptr %one,
    ptr %a, ptr %pa, ptr %b, ptr %pb, ptr %zero, ptr %c, ptr %pc)
  ret void
}}
"""


GEMM = "".join(
    [
        TEMPLATE.format(kind=kind, int=size)
        for kind in ("float", "double")
        for size in ("i32", "i64")
    ]
)


class Blas(NamedTuple):
    """A function that multiplies matrices: its address, and the LLVM type of its integers."""

    address: int
    integer: str


SYMBOLS = (
    ("scipy_{}_64_", "i64"), ("{}_64_", "i64"), ("scipy_{}_", "i32"), ("{}_", "i32"),
)  # fmt: skip


@functools.cache
def blas_of(kind: str) -> Blas | None:
    """sgemm or dgemm of the BLAS inside NumPy, which eager products use too; None without one."""
    name = "sgemm" if kind == "float" else "dgemm"
    for pattern, integer in SYMBOLS:
        found = getattr(blas(), pattern.format(name), None)
        if found is not None:
            return Blas(ctypes.cast(found, ctypes.c_void_p).value or 0, integer)
    return None


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


def write_blas(step: Product, name: str, lines: Any, integer: str) -> str:
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
        numbers = (n, m, k, b_lead, a_lead, n)
        sizes = ", ".join([f"{integer} {number}" for number in numbers])
        t.do(
            f"call void @gemm.{kind}.{integer}(ptr %f, ptr {b}, ptr {a}, ptr {c}, {sizes}, "
            f"i8 {ta}, i8 {tb})"
        )

    def nest(sizes: list[int], lead: list[str]) -> None:
        if not sizes:
            multiply(lead)
            return
        t.loop(sizes[0], lambda i: nest(sizes[1:], [*lead, i]), "z")

    nest(list(batch), [])
    head = f"define internal void @{name}(ptr %f, ptr %a, ptr %b, ptr %c) noinline {{\nentry:"
    return "\n".join([head, *t.lines, "  ret void", "}"])
