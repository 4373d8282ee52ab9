"""The scalar language: formulas of one element that run on arrays and can be looked at.

Each function computes with NumPy when given arrays or numbers, and builds an `Expr` when given
one, so that one line defines the eager kernel and, by its expression, every compiled one.
May import: kernels.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .blocks import select


class Expr:
    """A formula: the name of an operation and its arguments (formulas or numbers)."""

    __slots__ = ("args", "op")

    def __init__(self, op: str, *args: Any) -> None:
        self.op = op
        self.args = args

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(repr, self.args))})" if self.args else self.op

    def __add__(self, other: Any) -> "Expr":
        return Expr("add", self, other)

    def __radd__(self, other: Any) -> "Expr":
        return Expr("add", other, self)

    def __sub__(self, other: Any) -> "Expr":
        return Expr("sub", self, other)

    def __rsub__(self, other: Any) -> "Expr":
        return Expr("sub", other, self)

    def __mul__(self, other: Any) -> "Expr":
        return Expr("mul", self, other)

    def __rmul__(self, other: Any) -> "Expr":
        return Expr("mul", other, self)

    def __truediv__(self, other: Any) -> "Expr":
        return Expr("div", self, other)

    def __rtruediv__(self, other: Any) -> "Expr":
        return Expr("div", other, self)

    def __neg__(self) -> "Expr":
        return Expr("neg", self)

    def __and__(self, other: Any) -> "Expr":
        return Expr("logical_and", self, other)

    def __invert__(self) -> "Expr":
        return Expr("logical_not", self)

    def __gt__(self, other: Any) -> "Expr":
        return Expr("gt", self, other)

    def __ge__(self, other: Any) -> "Expr":
        return Expr("ge", self, other)

    def __lt__(self, other: Any) -> "Expr":
        return Expr("lt", self, other)

    def __le__(self, other: Any) -> "Expr":
        return Expr("le", self, other)


NUMPY: dict[str, Callable] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
    "neg": np.negative,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}


def _function(name: str, numpy_function: Callable) -> Callable:
    """A word of the language: NumPy's function on values, an `Expr` on formulas."""
    NUMPY[name] = numpy_function

    def word(*args: Any) -> Any:
        for arg in args:
            if type(arg) is Expr:
                return Expr(name, *args)
        return numpy_function(*args)

    word.__name__ = name
    return word


pow = _function("pow", np.power)
floor_divide = _function("floor_divide", np.floor_divide)
remainder = _function("remainder", np.remainder)
fmod = _function("fmod", np.fmod)
abs = _function("abs", np.abs)
sign = _function("sign", np.sign)
exp = _function("exp", np.exp)
exp2 = _function("exp2", np.exp2)
expm1 = _function("expm1", np.expm1)
log = _function("log", np.log)
log2 = _function("log2", np.log2)
log10 = _function("log10", np.log10)
log1p = _function("log1p", np.log1p)
sqrt = _function("sqrt", np.sqrt)
sin = _function("sin", np.sin)
cos = _function("cos", np.cos)
tan = _function("tan", np.tan)
asin = _function("asin", np.arcsin)
acos = _function("acos", np.arccos)
atan = _function("atan", np.arctan)
atan2 = _function("atan2", np.arctan2)
sinh = _function("sinh", np.sinh)
cosh = _function("cosh", np.cosh)
tanh = _function("tanh", np.tanh)
asinh = _function("asinh", np.arcsinh)
acosh = _function("acosh", np.arccosh)
atanh = _function("atanh", np.arctanh)
floor = _function("floor", np.floor)
ceil = _function("ceil", np.ceil)
trunc = _function("trunc", np.trunc)
round = _function("round", np.rint)
conj = _function("conj", np.conjugate)
maximum = _function("maximum", np.maximum)
minimum = _function("minimum", np.minimum)
where = _function("where", select)
eq = _function("eq", np.equal)
ne = _function("ne", np.not_equal)
gt = _function("gt", np.greater)
ge = _function("ge", np.greater_equal)
lt = _function("lt", np.less)
le = _function("le", np.less_equal)
isnan = _function("isnan", np.isnan)
isinf = _function("isinf", np.isinf)
isfinite = _function("isfinite", np.isfinite)
logical_and = _function("logical_and", np.logical_and)
logical_or = _function("logical_or", np.logical_or)
logical_xor = _function("logical_xor", np.logical_xor)
logical_not = _function("logical_not", np.logical_not)
bitwise_and = _function("bitwise_and", np.bitwise_and)
bitwise_or = _function("bitwise_or", np.bitwise_or)
bitwise_xor = _function("bitwise_xor", np.bitwise_xor)
bitwise_not = _function("bitwise_not", np.invert)
left_shift = _function("left_shift", np.left_shift)
right_shift = _function("right_shift", np.right_shift)
logaddexp = _function("logaddexp", np.logaddexp)
logaddexp2 = _function("logaddexp2", np.logaddexp2)
copysign = _function("copysign", np.copysign)
nextafter = _function("nextafter", np.nextafter)
fmax = _function("fmax", np.fmax)
fmin = _function("fmin", np.fmin)
gcd = _function("gcd", np.gcd)
lcm = _function("lcm", np.lcm)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), from exp of a negative number alone so that nothing overflows."""
    small = exp(-abs(x))
    return where(x >= 0, 1 / (1 + small), small / (1 + small))


def softplus(x: Any) -> Any:
    """log(1 + exp(x)) without overflow."""
    return maximum(x, 0) + log1p(exp(-abs(x)))


def none(condition: Any) -> bool:
    """Whether a condition holds for no element of an array, so that a branch can be left out.

    Of a formula, or an array that is followed, it is never known.
    """
    return type(condition) is np.ndarray and not condition.any()


def polynomial(x: Any, *coefficients: float) -> Any:
    """Horner's rule, highest power first."""
    if type(x) is np.ndarray and x.ndim and len(coefficients) > 2:
        first, *middle, last = coefficients
        out = np.multiply(x, first)
        for coefficient in middle:
            out += coefficient
            out *= x
        out += last
        return out
    total: Any = next(iter(coefficients))
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def compile_numpy(formula: Callable, arity: int) -> Callable:
    """The NumPy kernel of a formula: the ufunc itself when the formula is a single word."""
    arguments = [Expr(f"x{position}") for position in range(arity)]
    found = formula(*arguments)
    if isinstance(found, Expr) and list(found.args) == arguments and arguments:
        ufunc = NUMPY[found.op]
        if isinstance(ufunc, np.ufunc):
            return ufunc
    return formula
