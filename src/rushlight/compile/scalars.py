"""Scalar operations as LLVM text: one function for each elementwise operation that has native code.

Each takes the text being written, the operands (already of the operation's input dtypes) and the
dtypes (the result's last), and returns the name of the result. Truth values are `i1` here and
bytes in memory.
May import: compile.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import functions

NATIVE: dict[str, Callable] = {}
LLVM = {
    "f2": "half", "f4": "float", "f8": "double", "i1": "i8", "i2": "i16", "i4": "i32", "i8": "i64",
    "u1": "i8", "u2": "i16", "u4": "i32", "u8": "i64", "b1": "i1",
}  # fmt: skip
# numbers that are moved about as they are, without being computed with
MOVED = {"c8": "i64", "c16": "i128", "V2": "i16"}


def supported(dtype: np.dtype) -> bool:
    """Whether numbers of this dtype have native code."""
    return dtype.str[1:] in LLVM and dtype.kind != "V"


def register_type(dtype: np.dtype) -> str:
    """The LLVM type of a number while it is computed with."""
    return LLVM.get(dtype.str[1:]) or MOVED[dtype.str[1:]]


def memory_type(dtype: np.dtype) -> str:
    """The LLVM type of a number in memory."""
    return "i8" if dtype.kind == "b" else register_type(dtype)


def literal(value: Any, dtype: np.dtype) -> str:
    """A number as LLVM writes it."""
    if dtype.kind == "b":
        return "true" if value else "false"
    if dtype.kind in "iu":
        return str(int(np.asarray(value).astype(dtype)))
    if dtype.kind in "cV":
        return str(int.from_bytes(np.asarray(value).astype(dtype).tobytes(), sys.byteorder))
    with np.errstate(all="ignore"):
        rounded = np.asarray(value, np.float64).astype(dtype)
    if dtype.itemsize == 2:
        return f"0xH{rounded.view(np.uint16):04X}"
    return f"0x{rounded.astype(np.float64).view(np.uint64):016X}"


def cast(t: Any, value: str, source: np.dtype, target: np.dtype) -> str:
    """A number in another dtype, as NumPy's astype has it."""
    if source == target:
        return value
    old, new = register_type(source), register_type(target)
    if target.kind == "b":
        if source.kind == "f":
            return t.let(f"fcmp une {old} {value}, {literal(0, source)}")
        return t.let(f"icmp ne {old} {value}, 0")
    if source.kind == "b":
        word = "uitofp" if target.kind == "f" else "zext"
    elif source.kind == "f" and target.kind == "f":
        word = "fpext" if target.itemsize > source.itemsize else "fptrunc"
    elif source.kind == "f":
        # x86 gives the lowest integer for what does not fit; LLVM alone would give anything
        wide = t.let(f"call i64 @float_to_int.{old}({old} {value})")
        return wide if new == "i64" else t.let(f"trunc i64 {wide} to {new}")
    elif target.kind == "f":
        word = "sitofp" if source.kind == "i" else "uitofp"
    elif target.itemsize == source.itemsize:
        return value
    elif target.itemsize < source.itemsize:
        word = "trunc"
    else:
        word = "sext" if source.kind == "i" else "zext"
    return t.let(f"{word} {old} {value} to {new}")


def native(*names: str) -> Callable:
    """Makes the function the native code of these operations."""

    def register(function: Callable) -> Callable:
        for name in names:
            NATIVE[name] = function
        return function

    return register


def _arithmetic(name: str, floating: str, integer: str) -> None:
    @native(name)
    def emit(t: Any, v: list[str], types: tuple) -> str:
        kind = register_type(types[0])
        if types[0].kind == "f":
            return t.let(f"{floating} {kind} {v[0]}, {v[1]}")
        word = (
            {"add": "or", "mul": "and"}.get(integer, integer) if types[0].kind == "b" else integer
        )
        return t.let(f"{word} {kind} {v[0]}, {v[1]}")


_arithmetic("add", "fadd contract", "add")
_arithmetic("subtract", "fsub contract", "sub")
_arithmetic("multiply", "fmul contract", "mul")


@native("divide", "true_divide")
def _divide(t: Any, v: list[str], types: tuple) -> str:
    return t.let(f"fdiv {register_type(types[0])} {v[0]}, {v[1]}")


@native("negative")
def _negative(t: Any, v: list[str], types: tuple) -> str:
    kind = register_type(types[0])
    return t.let(f"fneg {kind} {v[0]}" if types[0].kind == "f" else f"sub {kind} 0, {v[0]}")


@native("positive", "copy", "conjugate")
def _same(t: Any, v: list[str], types: tuple) -> str:
    return v[0]


def _compare(name: str, floating: str, signed: str, unsigned: str) -> None:
    @native(name)
    def emit(t: Any, v: list[str], types: tuple) -> str:
        kind = register_type(types[0])
        if types[0].kind == "f":
            return t.let(f"fcmp {floating} {kind} {v[0]}, {v[1]}")
        return t.let(f"icmp {signed if types[0].kind == 'i' else unsigned} {kind} {v[0]}, {v[1]}")


_compare("equal", "oeq", "eq", "eq")
_compare("not_equal", "une", "ne", "ne")
_compare("greater", "ogt", "sgt", "ugt")
_compare("greater_equal", "oge", "sge", "uge")
_compare("less", "olt", "slt", "ult")
_compare("less_equal", "ole", "sle", "ule")


@native("where")
def _where(t: Any, v: list[str], types: tuple) -> str:
    kind = register_type(types[-1])
    return t.let(f"select i1 {v[0]}, {kind} {v[1]}, {kind} {v[2]}")


def _extreme(name: str, floating: str, word: str) -> None:
    @native(name)
    def emit(t: Any, v: list[str], types: tuple) -> str:
        dtype = types[0]
        kind = register_type(dtype)
        if dtype.kind == "f":
            return t.let(
                f"call {kind} @llvm.{floating}.{_suffix(dtype)}({kind} {v[0]}, {kind} {v[1]})"
            )
        if dtype.kind == "b":
            return t.let(f"{'or' if word == 'max' else 'and'} i1 {v[0]}, {v[1]}")
        sign = "s" if dtype.kind == "i" else "u"
        return t.let(f"call {kind} @llvm.{sign}{word}.{kind}({kind} {v[0]}, {kind} {v[1]})")


_extreme("maximum", "maximum", "max")
_extreme("minimum", "minimum", "min")
_extreme("fmax", "maxnum", "max")
_extreme("fmin", "minnum", "min")


def _suffix(dtype: np.dtype) -> str:
    return f"f{dtype.itemsize * 8}"


def _intrinsic(name: str, word: str) -> None:
    @native(name)
    def emit(t: Any, v: list[str], types: tuple) -> str:
        kind = register_type(types[0])
        if types[0].kind != "f":
            return v[0]  # rounding an integer
        return t.let(f"call {kind} @llvm.{word}.{_suffix(types[0])}({kind} {v[0]})")


for _name, _word in (("floor", "floor"), ("ceil", "ceil"), ("trunc", "trunc"), ("rint", "rint")):
    _intrinsic(_name, _word)
_intrinsic("sqrt", "sqrt")


@native("absolute", "fabs")
def _absolute(t: Any, v: list[str], types: tuple) -> str:
    kind = register_type(types[0])
    if types[0].kind == "f":
        return t.let(f"call {kind} @llvm.fabs.{_suffix(types[0])}({kind} {v[0]})")
    if types[0].kind in "ub":
        return v[0]
    return t.let(f"call {kind} @llvm.abs.{kind}({kind} {v[0]}, i1 false)")


@native("sign")
def _sign(t: Any, v: list[str], types: tuple) -> str:
    dtype = types[0]
    kind = register_type(dtype)
    zero, one = literal(0, dtype), literal(1, dtype)
    if dtype.kind == "f":
        above = t.let(f"fcmp ogt {kind} {v[0]}, {zero}")
        below = t.let(f"fcmp olt {kind} {v[0]}, {zero}")
        rest = t.let(f"select i1 {below}, {kind} {literal(-1, dtype)}, {kind} {v[0]}")
        level = t.let(f"fcmp oeq {kind} {v[0]}, {zero}")
        rest = t.let(f"select i1 {level}, {kind} {zero}, {kind} {rest}")
        return t.let(f"select i1 {above}, {kind} {one}, {kind} {rest}")
    if dtype.kind != "i":
        level = t.let(f"icmp ne {kind} {v[0]}, 0")
        return t.let(f"select i1 {level}, {kind} {one}, {kind} {zero}")
    above = t.let(f"icmp sgt {kind} {v[0]}, 0")
    below = t.let(f"icmp slt {kind} {v[0]}, 0")
    rest = t.let(f"select i1 {below}, {kind} -1, {kind} 0")
    return t.let(f"select i1 {above}, {kind} 1, {kind} {rest}")


@native("square")
def _square(t: Any, v: list[str], types: tuple) -> str:
    return NATIVE["multiply"](t, [v[0], v[0]], types)


@native("reciprocal")
def _reciprocal(t: Any, v: list[str], types: tuple) -> str:
    return t.let(f"fdiv {register_type(types[0])} {literal(1, types[0])}, {v[0]}")


def _bitwise(name: str, word: str) -> None:
    @native(name)
    def emit(t: Any, v: list[str], types: tuple) -> str:
        return t.let(f"{word} {register_type(types[0])} {v[0]}, {v[1]}")


_bitwise("bitwise_and", "and")
_bitwise("bitwise_or", "or")
_bitwise("bitwise_xor", "xor")


@native("invert")
def _invert(t: Any, v: list[str], types: tuple) -> str:
    ones = "true" if types[0].kind == "b" else "-1"
    return t.let(f"xor {register_type(types[0])} {v[0]}, {ones}")


def _logical(name: str, word: str) -> None:
    @native(name)
    def emit(t: Any, v: list[str], types: tuple) -> str:
        truth = np.dtype(bool)
        return t.let(
            f"{word} i1 {cast(t, v[0], types[0], truth)}, {cast(t, v[1], types[1], truth)}"
        )


_logical("logical_and", "and")
_logical("logical_or", "or")
_logical("logical_xor", "xor")


@native("logical_not")
def _logical_not(t: Any, v: list[str], types: tuple) -> str:
    return t.let(f"xor i1 {cast(t, v[0], types[0], np.dtype(bool))}, true")


@native("isnan")
def _isnan(t: Any, v: list[str], types: tuple) -> str:
    if types[0].kind != "f":
        return "false"
    return t.let(f"fcmp uno {register_type(types[0])} {v[0]}, {v[0]}")


def _magnitude(name: str, compare: str, whole: str) -> None:
    @native(name)
    def emit(t: Any, v: list[str], types: tuple) -> str:
        if types[0].kind != "f":
            return whole
        kind = register_type(types[0])
        size = t.let(f"call {kind} @llvm.fabs.{_suffix(types[0])}({kind} {v[0]})")
        return t.let(f"fcmp {compare} {kind} {size}, {literal(np.inf, types[0])}")


_magnitude("isinf", "oeq", "false")
_magnitude("isfinite", "olt", "true")


@native("copysign")
def _copysign(t: Any, v: list[str], types: tuple) -> str:
    kind = register_type(types[0])
    return t.let(f"call {kind} @llvm.copysign.{_suffix(types[0])}({kind} {v[0]}, {kind} {v[1]})")


@native("power")
def _power(t: Any, v: list[str], types: tuple) -> str:
    dtype = types[0]
    if dtype.kind != "f":
        raise AssertionError("integer powers are calls")
    kind = register_type(dtype)
    for exponent, times in ((2, 2), (3, 3), (1, 1)):
        if v[1] == literal(exponent, dtype):
            found = v[0]
            for _ in range(times - 1):
                found = t.let(f"fmul {kind} {found}, {v[0]}")
            return found
    if v[1] == literal(-1, dtype):
        return t.let(f"fdiv {kind} {literal(1, dtype)}, {v[0]}")
    return t.call(f"pow{functions.SUFFIX[kind]}", kind, v)


def _math(name: str, symbol: str) -> None:
    @native(name)
    def emit(t: Any, v: list[str], types: tuple) -> str:
        kind = register_type(types[0])
        own = functions.OWN.get((symbol, kind))
        return own(t, v) if own else t.call(symbol + functions.SUFFIX[kind], kind, v)


for _name, _symbol in (
    ("exp", "exp"), ("exp2", "exp2"), ("expm1", "expm1"), ("log", "log"), ("log2", "log2"),
    ("log10", "log10"), ("log1p", "log1p"), ("sin", "sin"), ("cos", "cos"), ("tan", "tan"),
    ("arcsin", "asin"), ("arccos", "acos"), ("arctan", "atan"), ("arctan2", "atan2"),
    ("sinh", "sinh"), ("cosh", "cosh"), ("tanh", "tanh"), ("arcsinh", "asinh"),
    ("arccosh", "acosh"), ("arctanh", "atanh"), ("hypot", "hypot"), ("cbrt", "cbrt"),
):  # fmt: skip
    _math(_name, _symbol)


def is_native(name: str, types: tuple) -> bool:
    """Whether this operation has native code for these dtypes."""
    if name not in NATIVE or not all(supported(d) for d in types):
        return False
    kind = types[0].kind
    if any(d.kind == "f" and d.itemsize == 2 for d in types) and name != "copy":
        return False
    if name == "power":
        return kind == "f"
    return not (kind == "b" and name in ("negative", "subtract"))


__all__ = ["NATIVE", "cast", "is_native", "literal", "memory_type", "register_type", "supported"]
