"""Our own exponential, logarithm and hyperbolic tangent for float32, as LLVM text.

Written so that LLVM can run them on whole vectors: no branch, no table. Each is a polynomial on a
small interval (a weighted minimax fit), the rest of the range brought there by exact steps; the
error is below 2 units in the last place. Other functions and float64 go to the C library.
May import: compile.
"""

from typing import Any

import numpy as np

SUFFIX = {"float": "f", "double": ""}

# (exp(r) - 1 - r) / r^2 for |r| <= log(2) / 2, lowest power first
EXP = (0.49999993412469573, 0.16666520106626567, 0.04166839421742559, 0.008368780429073519,
       0.001381446673948624)  # fmt: skip
# (log(1 + f) - f) / f^2 for sqrt(1/2) <= 1 + f <= sqrt(2)
LOG = (-0.4999998833945831, 0.3333332564531018, -0.25001583344086387, 0.20001976575372452,
       -0.1660907765864895, 0.14181778768154393, -0.1324297599157044, 0.12904690486852738,
       -0.07622108972843537)  # fmt: skip
# (tanh(x) - x) / x^3 in z = x^2 for |x| <= 0.625
TANH = (-0.33333283925205714, 0.13331491284917904, -0.053743497915979335, 0.020650586784458316,
        -0.0057170445112255715)  # fmt: skip
LOG2_HIGH = 0.693359375  # log(2) in two parts: the first has few digits, so that n * it is exact
LOG2_LOW = -2.12194440054690583e-4


def number(value: float) -> str:
    """A float32 constant as LLVM writes it."""
    return f"0x{np.float64(np.float32(value)).view(np.uint64):016X}"


def _fma(t: Any, a: str, b: str, c: str) -> str:
    return t.let(f"call float @llvm.fma.f32(float {a}, float {b}, float {c})")


def _polynomial(t: Any, x: str, coefficients: tuple) -> str:
    total = number(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = _fma(t, total, x, number(coefficient))
    return total


def _power_of_two(t: Any, exponent: str) -> str:
    raised = t.let(f"add i32 {exponent}, 127")
    bits = t.let(f"shl i32 {raised}, 23")
    return t.let(f"bitcast i32 {bits} to float")


def exp(t: Any, v: list[str]) -> str:
    """exp(x) = 2^n exp(r) with n = round(x / log 2); NaN, infinities and tiny results are right."""
    x = v[0]
    high = t.let(f"fcmp ogt float {x}, {number(89.0)}")
    kept = t.let(f"select i1 {high}, float {number(89.0)}, float {x}")
    low = t.let(f"fcmp olt float {kept}, {number(-104.0)}")
    kept = t.let(f"select i1 {low}, float {number(-104.0)}, float {kept}")
    n = t.let(f"fmul float {kept}, {number(1 / float(np.log(2)))}")
    n = t.let(f"call float @llvm.rint.f32(float {n})")
    nan = t.let(f"fcmp uno float {n}, {n}")
    whole = t.let(f"select i1 {nan}, float {number(0)}, float {n}")
    whole = t.let(f"fptosi float {whole} to i32")
    r = _fma(t, n, number(-LOG2_HIGH), kept)
    r = _fma(t, n, number(-LOG2_LOW), r)
    square = t.let(f"fmul float {r}, {r}")
    rest = _fma(t, _polynomial(t, r, EXP), square, r)
    base = t.let(f"fadd float {rest}, {number(1)}")
    # 2^n in two steps, for n from -150 to 128 leaves what one exponent can hold
    half = t.let(f"ashr i32 {whole}, 1")
    other = t.let(f"sub i32 {whole}, {half}")
    found = t.let(f"fmul float {base}, {_power_of_two(t, half)}")
    return t.let(f"fmul float {found}, {_power_of_two(t, other)}")


def log(t: Any, v: list[str]) -> str:
    """log(x) = e log 2 + log(m) with m between sqrt(1/2) and sqrt(2)."""
    x = v[0]
    small = t.let(f"fcmp olt float {x}, {number(float(np.finfo(np.float32).tiny))}")
    scaled = t.let(f"fmul float {x}, {number(2.0**23)}")
    normal = t.let(f"select i1 {small}, float {scaled}, float {x}")
    bits = t.let(f"bitcast float {normal} to i32")
    # counted from the bits of sqrt(1/2), the upper bits are the exponent that brings m near 1
    moved = t.let(f"sub i32 {bits}, 1060439283")
    exponent = t.let(f"ashr i32 {moved}, 23")
    shift = t.let(f"shl i32 {exponent}, 23")
    mantissa = t.let(f"sub i32 {bits}, {shift}")
    m = t.let(f"bitcast i32 {mantissa} to float")
    lowered = t.let(f"sub i32 {exponent}, 23")
    exponent = t.let(f"select i1 {small}, i32 {lowered}, i32 {exponent}")
    e = t.let(f"sitofp i32 {exponent} to float")
    f = t.let(f"fadd float {m}, {number(-1)}")
    square = t.let(f"fmul float {f}, {f}")
    rest = t.let(f"fmul float {_polynomial(t, f, LOG)}, {square}")
    rest = _fma(t, e, number(LOG2_LOW), rest)
    found = t.let(f"fadd float {f}, {rest}")
    found = _fma(t, e, number(LOG2_HIGH), found)
    infinite = t.let(f"fcmp oeq float {x}, {number(np.inf)}")
    found = t.let(f"select i1 {infinite}, float {x}, float {found}")
    zero = t.let(f"fcmp oeq float {x}, {number(0)}")
    found = t.let(f"select i1 {zero}, float {number(-np.inf)}, float {found}")
    good = t.let(f"fcmp oge float {x}, {number(0)}")
    return t.let(f"select i1 {good}, float {found}, float {number(np.nan)}")


def tanh(t: Any, v: list[str]) -> str:
    """A polynomial near 0, elsewhere 1 - 2 / (exp(2|x|) + 1), with the sign of x."""
    x = v[0]
    size = t.let(f"call float @llvm.fabs.f32(float {x})")
    square = t.let(f"fmul float {x}, {x}")
    cube = t.let(f"fmul float {square}, {x}")
    near = _fma(t, _polynomial(t, square, TANH), cube, x)
    doubled = t.let(f"fadd float {size}, {size}")
    grown = t.let(f"fadd float {exp(t, [doubled])}, {number(1)}")
    share = t.let(f"fdiv float {number(2)}, {grown}")
    far = t.let(f"fsub float {number(1)}, {share}")
    far = t.let(f"call float @llvm.copysign.f32(float {far}, float {x})")
    # -0 stays -0
    near = t.let(f"call float @llvm.copysign.f32(float {near}, float {x})")
    inside = t.let(f"fcmp olt float {size}, {number(0.625)}")
    return t.let(f"select i1 {inside}, float {near}, float {far}")


OWN = {("exp", "float"): exp, ("log", "float"): log, ("tanh", "float"): tanh}
INTRINSICS = """
declare float @llvm.fma.f32(float, float, float)
declare double @llvm.fma.f64(double, double, double)
"""


def declarations() -> str:
    """The LLVM intrinsics that the operations use."""
    lines = [INTRINSICS]
    for word in ("floor", "ceil", "trunc", "rint", "sqrt", "fabs"):
        for suffix, kind in (("f32", "float"), ("f64", "double")):
            lines.append(f"declare {kind} @llvm.{word}.{suffix}({kind})")
    for word in ("maximum", "minimum", "maxnum", "minnum", "copysign"):
        for suffix, kind in (("f32", "float"), ("f64", "double")):
            lines.append(f"declare {kind} @llvm.{word}.{suffix}({kind}, {kind})")
    for kind in ("i8", "i16", "i32", "i64"):
        for word in ("smax", "smin", "umax", "umin"):
            lines.append(f"declare {kind} @llvm.{word}.{kind}({kind}, {kind})")
        lines.append(f"declare {kind} @llvm.abs.{kind}({kind}, i1)")
    for kind, suffix in (("float", "f32"), ("double", "f64")):
        lines.append(f"declare i64 @llvm.fptosi.sat.i64.{suffix}({kind})")
        limit = f"0x{np.float64(2.0**63).view(np.uint64):016X}"
        lines.append(f"""
define internal i64 @float_to_int.{kind}({kind} %x) alwaysinline {{
  %inside = call i64 @llvm.fptosi.sat.i64.{suffix}({kind} %x)
  %size = call {kind} @llvm.fabs.{suffix}({kind} %x)
  %fits = fcmp olt {kind} %size, {limit}
  %found = select i1 %fits, i64 %inside, i64 -9223372036854775808
  ret i64 %found
}}""")
    return "\n".join(lines) + "\n"
