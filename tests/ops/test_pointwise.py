"""Pointwise functions: values against NumPy in float64, gradients of both orders, dtypes, refusals.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch

NAN, INF = math.nan, math.inf
RNG = np.random.default_rng(0)
ANY = RNG.standard_normal((3, 4)) * 2
POSITIVE = np.abs(ANY) + 0.1
INSIDE = np.tanh(ANY)

UNARY = {
    "acos": (np.arccos, INSIDE),
    "acosh": (np.arccosh, POSITIVE + 1),
    "asin": (np.arcsin, INSIDE),
    "asinh": (np.arcsinh, ANY),
    "atan": (np.arctan, ANY),
    "atanh": (np.arctanh, INSIDE),
    "abs": (np.abs, ANY),
    "angle": (np.angle, ANY),
    "ceil": (np.ceil, ANY),
    "cos": (np.cos, ANY),
    "cosh": (np.cosh, ANY),
    "deg2rad": (np.deg2rad, ANY),
    "exp": (np.exp, ANY),
    "exp2": (np.exp2, ANY),
    "expm1": (np.expm1, ANY),
    "floor": (np.floor, ANY),
    "log": (np.log, POSITIVE),
    "log10": (np.log10, POSITIVE),
    "log1p": (np.log1p, POSITIVE),
    "log2": (np.log2, POSITIVE),
    "logit": (lambda p: np.log(p / (1 - p)), INSIDE / 2 + 0.5),
    "neg": (np.negative, ANY),
    "rad2deg": (np.rad2deg, ANY),
    "reciprocal": (np.reciprocal, POSITIVE),
    "round": (np.round, ANY),
    "rsqrt": (lambda x: x**-0.5, POSITIVE),
    "sgn": (np.sign, ANY),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), ANY),
    "sign": (np.sign, ANY),
    "sin": (np.sin, ANY),
    "sinc": (np.sinc, ANY),
    "sinh": (np.sinh, ANY),
    "sqrt": (np.sqrt, POSITIVE),
    "square": (np.square, ANY),
    "tan": (np.tan, INSIDE),
    "tanh": (np.tanh, ANY),
    "trunc": (np.trunc, ANY),
}
BINARY = {
    "add": np.add,
    "atan2": np.arctan2,
    "copysign": np.copysign,
    "div": np.true_divide,
    "fmax": np.fmax,
    "fmin": np.fmin,
    "fmod": np.fmod,
    "hypot": np.hypot,
    "logaddexp": np.logaddexp,
    "logaddexp2": np.logaddexp2,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "mul": np.multiply,
    "remainder": np.remainder,
    "sub": np.subtract,
}
COMPLEX = {
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "abs": np.abs,
    "angle": np.angle,
    "conj_physical": np.conj,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "reciprocal": np.reciprocal,
    "rsqrt": lambda z: 1 / np.sqrt(z),
    "sgn": lambda z: z / np.abs(z),
    "sin": np.sin,
    "sinc": np.sinc,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "square": np.square,
    "tan": np.tan,
    "tanh": np.tanh,
}


def leaf(array):
    return torch.tensor(np.asarray(array), requires_grad=True)


def check_both_orders(function, *arrays):
    inputs = tuple([leaf(a) for a in arrays])
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)


@pytest.mark.parametrize("name", sorted(UNARY))
def test_of_one_element(name):
    reference, x = UNARY[name]
    function = getattr(torch, name)
    np.testing.assert_allclose(function(torch.tensor(x)).numpy(), reference(x), rtol=1e-13)
    # not contiguous, 0-d and empty
    turned = torch.tensor(np.ascontiguousarray(x.T)).t()
    np.testing.assert_allclose(function(turned).numpy(), reference(x), rtol=1e-13)
    assert function(torch.tensor(x[0, 0])).shape == ()
    assert function(torch.zeros(0, 3)).shape == (0, 3)
    target = torch.empty(0, dtype=torch.float64)
    assert function(torch.tensor(x), out=target) is target
    np.testing.assert_allclose(target.numpy(), reference(x), rtol=1e-13)


@pytest.mark.parametrize("name", sorted(UNARY))
def test_gradients_of_one_element(name):
    _, x = UNARY[name]
    check_both_orders(getattr(torch, name), x.ravel()[:5])


@pytest.mark.parametrize("name", sorted(BINARY))
def test_of_two_elements(name):
    x, y = ANY, POSITIVE[:, :1]
    function = getattr(torch, name)
    found = function(torch.tensor(x), torch.tensor(y))
    np.testing.assert_allclose(found.numpy(), BINARY[name](x, y), rtol=1e-13)
    check_both_orders(function, x[:2, :3], y[:2])


@pytest.mark.parametrize("name", sorted(COMPLEX))
def test_of_complex_numbers(name):
    z = ANY + 1j * ANY[::-1]
    function = getattr(torch, name)
    np.testing.assert_allclose(function(torch.tensor(z)).numpy(), COMPLEX[name](z), rtol=1e-12)
    check_both_orders(function, z.ravel()[:4])


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: x**y,
        lambda x, y: torch.xlogy(y, x),
        lambda x, y: torch.addcmul(x, y, x, value=0.5),
        lambda x, y: torch.addcdiv(x, y, x, value=0.5),
        lambda x, y: torch.lerp(x, y, 0.3),
        lambda x, y: torch.lerp(y, x, x),
        lambda x, y: torch.float_power(x, y),
        lambda x, y: torch.complex(x, y).abs(),
        lambda x, y: torch.polar(x, y),
        lambda x, y: torch.clamp(x, y, y + 1),
        lambda x, y: torch.div(x, y, rounding_mode="floor"),
        lambda x, y: torch.div(x, y, rounding_mode="trunc"),
        lambda x, y: torch.frexp(x * y)[0],
        lambda x, y: torch.ldexp(x, torch.tensor([3])) + y,
    ],
)
def test_gradients_of_two_elements(function):
    check_both_orders(function, POSITIVE[0], POSITIVE[1] + 0.05)


def test_logaddexp_of_complex_numbers():
    x, y = ANY[:2] + 1j, ANY[1:] - 0.5j
    found = torch.logaddexp(torch.tensor(x), torch.tensor(y)).numpy()
    np.testing.assert_allclose(found, np.log(np.exp(x) + np.exp(y)), rtol=1e-12)
    check_both_orders(torch.logaddexp, x[0, :3], y[0, :3])


def test_at_the_edges():
    assert torch.xlogy(torch.tensor([0.0, 0.0]), torch.tensor([0.0, NAN])).tolist()[0] == 0
    assert torch.logaddexp(torch.tensor(-INF), torch.tensor(-INF)).item() == -INF
    assert torch.sinc(torch.tensor([0.0])).item() == 1
    assert torch.fmax(torch.tensor([NAN, 1.0]), torch.tensor([2.0, NAN])).tolist() == [2, 1]
    assert torch.copysign(torch.tensor([1.0, 2.0]), -0.0).tolist() == [-1, -2]
    assert torch.sgn(torch.tensor([0j, 3j])).tolist() == [0, 1j]
    assert torch.logit(torch.tensor([0.0, 1.0, 0.5])).tolist() == [-INF, INF, 0]
    assert math.isnan(torch.logit(torch.tensor(1.5)).item())
    bounded = torch.logit(torch.tensor([0.0, 1.0]), eps=0.25)
    np.testing.assert_allclose(bounded.numpy(), [-math.log(3), math.log(3)], rtol=1e-6)
    mantissa, exponent = torch.frexp(torch.tensor([10.0, 0.0]))
    assert (mantissa.tolist(), exponent.tolist()) == ([0.625, 0], [4, 0])
    assert exponent.dtype is torch.int32
    assert torch.heaviside(torch.tensor([-1, 0, 2]), torch.tensor(7)).tolist() == [0, 7, 1]
    assert torch.signbit(torch.tensor([-0.0, 0.0])).tolist() == [True, False]
    assert torch.isposinf(torch.tensor([INF, -INF, NAN])).tolist() == [True, False, False]
    assert torch.isneginf(torch.tensor([INF, -INF, NAN])).tolist() == [False, True, False]
    assert torch.nextafter(torch.tensor(1.0), torch.tensor(2.0)).item() == 1 + 2**-23
    assert torch.round(torch.tensor([12345.678]), decimals=-2).item() == 12300


def test_integers():
    a, b = torch.tensor([12, -4, 0]), torch.tensor([18, 6, 5])
    assert torch.gcd(a, b).tolist() == [6, 2, 5]
    assert torch.lcm(a, b).tolist() == [36, 12, 0]
    assert torch.pow(torch.tensor([2, -1, 1, -1]), torch.tensor([-1, -3, -5, -2])).tolist() == [
        0, -1, 1, 1,
    ]  # fmt: skip
    assert torch.round(torch.tensor([3])).dtype is torch.int64
    small = torch.tensor([1, 2, 3], dtype=torch.uint8)
    assert torch.add(small, small, alpha=-3).tolist() == [254, 252, 250]
    assert (small << 9).tolist() == [0, 0, 0] and (small >> 1).tolist() == [0, 1, 1]
    small <<= 1
    assert small.tolist() == [2, 4, 6]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("sin", "float32"), ("copysign", "float32"), ("abs", "int64"), ("sgn", "int64")],
)
def test_dtypes_of_integers(name, dtype):
    x = torch.tensor([1, -2])
    found = getattr(torch, name)(*((x, x) if name == "copysign" else (x,)))
    assert found.dtype is getattr(torch, dtype)


def test_halves_round_once():
    x = torch.tensor([0.1], dtype=torch.half)
    found = torch.addcmul(x, x, x, value=3.14)
    assert found.item() == np.float16(np.float32(x.item()) * (1 + np.float32(3.14 * x.item())))


def test_in_place():
    x = torch.tensor([1.0, 5.0])
    assert x.eq_(torch.tensor([1.0, 2.0])) is x and x.tolist() == [1, 0]
    x.logical_not_()
    assert x.tolist() == [0, 1]
    assert torch.tensor([2.0]).float_power is not None
    with pytest.raises(RuntimeError, match="float_power_ has dtype Float"):
        torch.tensor([2.0]).float_power_(2)
    with pytest.raises(RuntimeError, match="In-place abs is not supported for complex"):
        torch.tensor([1j]).abs_()
    y = leaf([0.5, 2.0])
    (y * 1).xlogy_(torch.tensor([2.0, 3.0], dtype=torch.float64)).sum().backward()
    np.testing.assert_allclose(y.grad.numpy(), np.log([2.0, 3.0]))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: torch.maximum(x, 2), TypeError, r"'other' \(position 2\) must be Tensor"),
        (lambda x: torch.eq(2, x), TypeError, r"'input' \(position 1\) must be Tensor"),
        (lambda x: torch.remainder(2, 3), TypeError, "must be Tensor"),
        (lambda x: torch.lerp(x, x.double(), 0.5), RuntimeError, "expected dtype float for `end`"),
        (lambda x: torch.heaviside(x, x.double()), RuntimeError, "different dtypes"),
        (lambda x: torch.addcdiv(x, x.int(), x.int()), RuntimeError, "Integer division with addc"),
        (lambda x: torch.frexp(x.int()), RuntimeError, "only supports floating-point"),
        (lambda x: torch.gcd(x, x), RuntimeError, "not implemented for 'Float'"),
        (lambda x: torch.isposinf(x + 1j), RuntimeError, "does not support complex"),
        (lambda x: torch.isclose(x, x, rtol=-1), RuntimeError, "rtol must be greater than or"),
        (lambda x: torch.complex(x, x.double()), RuntimeError, "Expected object of scalar type"),
        (lambda x: torch.rsub(2, x), TypeError, "must be Tensor"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call(torch.tensor([1.0, 2.0]))


def test_floor_divide_has_no_derivative():
    x = leaf([5.0])
    with pytest.raises(RuntimeError, match="derivative for aten::floor_divide"):
        (x // 2).backward()
    torch.div(x, 2, rounding_mode="floor").backward()
    assert x.grad.item() == 0


def test_conjugates_are_never_put_off():
    z = torch.tensor([1 + 2j])
    assert not z.conj().is_conj() and not z.conj().imag.is_neg()
    assert z.conj().resolve_conj().tolist() == [1 - 2j]
    assert torch.isreal(torch.tensor([1 + 0j, 1j])).tolist() == [True, False]
    x = torch.tensor([1.0])
    assert torch.conj_physical(x) is x


def test_parts_of_complex_numbers_are_views():
    z = torch.tensor([1 + 2j, 3 + 4j])
    z.real.mul_(10)
    z.imag = torch.tensor([5.0, 6.0])
    torch.view_as_real(z)[1, 1] = -1
    assert z.tolist() == [10 + 5j, 30 - 1j]
    check_both_orders(lambda z: z.real * z.imag, np.array([1 + 2j, 3 - 1j]))
    check_both_orders(lambda z: torch.view_as_real(z) ** 2, np.array([1 + 2j, 3 - 1j]))
    check_both_orders(lambda x: torch.view_as_complex(x) ** 2, RNG.standard_normal((3, 2)))
