"""Every primitive of the op table: forward, gradients of two orders, dtypes, layouts.

The samples stand in `op_samples.py`; an op that none of them reaches fails here.
May import: everything.
"""

from functools import cache

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck
from rushlight.core.dtype import COMPLEX, FLOATING
from rushlight.ops.op import REGISTRY
from tests.ops.op_samples import (
    ATTRIBUTES,
    ELEMENTWISE,
    OF_FLOATS,
    SAMPLES,
    arrays_for,
    elementwise,
)

ALL = [
    pytest.param(name, index, id=f"{name}-{index}")
    for name in sorted({*OF_FLOATS, *SAMPLES})
    for index in range(len(SAMPLES.get(name, [0])))
]
every_sample = pytest.mark.parametrize(("name", "index"), ALL)
DIFFERENTIABLE = sorted(name for name, op in REGISTRY.items() if op.node_type is not None)
# Not called for its result: it marks where a module's own hooks are to run on the way back.
MARKERS = {"module_boundary"}
# Random numbers, whose gradients test_random.py and tests/distributions look at.
DRAWN = {"bernoulli", "dirichlet", "normal", "poisson", "standard_gamma"}
# Whose derivative, or second derivative, PyTorch refuses to give.
REFUSED = {"floor_divide"}
ONCE = {"ctc_loss"}
# Of integers and bools the public function takes care before it calls the op.
SETTLED_BEFORE = {"addcdiv", "conj", "conj_physical", "pow_tensor", "round"}


def sample_of(name, index):
    return SAMPLES[name][index] if name in SAMPLES else elementwise(name)


def leaves(arrays, dtype=np.float64):
    # a fresh generator: tensors of the same array would share its memory
    return [torch.tensor(np.asarray(a, dtype), requires_grad=True) for a in arrays]


def flat(result):
    return [result] if isinstance(result, torch.Tensor) else list(result)


def reached(tensors):
    """The names of the ops in the history of these tensors."""
    names, seen, rest = set(), set(), [t.grad_fn for t in tensors]
    while rest:
        node = rest.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        op = getattr(node, "op", None)
        if op is not None:
            names.add(op.name)
        rest += [following for following, _ in node.next_functions]
    return names


@cache
def ops_reached(name, index):
    """The ops in the history of a sample's results, of their gradients and of those' gradients."""
    sample = sample_of(name, index)
    inputs = leaves(sample.arrays)
    outputs = [t for t in flat(sample.function(*inputs)) if t.requires_grad]
    names = reached(outputs)
    for _ in range(0 if name in REFUSED else 1 if name in ONCE else 2):
        weights = [torch.full_like(t, 0.5, requires_grad=True) for t in outputs]
        if not outputs:
            break
        inputs += weights
        found = torch.autograd.grad(outputs, inputs, weights, create_graph=True, allow_unused=True)
        outputs = [g for g in found if g is not None and g.requires_grad]
        names |= reached(outputs)
    return names


def test_every_op_is_reached_by_a_sample():
    seen = set().union(*[ops_reached(*param.values) for param in ALL])
    missing = set(DIFFERENTIABLE) - seen - MARKERS - DRAWN
    assert not missing, f"add samples to tests/ops/op_samples.py for {sorted(missing)}"


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_reaches_the_op_it_stands_for(name):
    assert name in REGISTRY, "no such op: remove its samples"
    assert any(name in ops_reached(name, index) for index in range(len(SAMPLES[name])))


@every_sample
def test_gradients_of_two_orders(name, index):
    sample = sample_of(name, index)
    inputs = leaves(sample.arrays)
    if not any(t.requires_grad for t in flat(sample.function(*inputs))):
        assert REGISTRY[name].node_type is None
        return
    if name in REFUSED:
        with pytest.raises(RuntimeError, match="derivative"):
            sample.function(*inputs).sum().backward()
        return
    assert gradcheck(sample.function, inputs)
    if name in ONCE:
        with pytest.raises(RuntimeError, match="derivative"):
            gradgradcheck(sample.function, inputs)
        return
    assert gradgradcheck(sample.function, inputs, atol=1e-4)


@every_sample
def test_float32_comes_near_float64(name, index):
    sample = sample_of(name, index)
    expected = flat(sample.function(*leaves(sample.arrays)))
    found = flat(sample.function(*leaves(sample.arrays, np.float32)))
    for one, other in zip(found, expected, strict=True):
        narrow = {torch.float64: torch.float32, torch.complex128: torch.complex64}
        if name != "to_copy":
            assert one.dtype == narrow.get(other.dtype, other.dtype)
        one, other = one.detach().numpy(), other.detach().numpy()
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-5)


def fortran(array):
    return torch.tensor(array.T.copy()).permute(tuple(range(array.ndim))[::-1])


def gaps(array):
    wide = np.repeat(array[..., None], 2, -1)
    return torch.tensor(wide)[..., 0]


def offset(array):
    return torch.tensor(np.stack([array * 0, array]))[1]


LAYOUTS = {"transposed": fortran, "gaps": gaps, "offset": offset}


@every_sample
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_change_nothing(name, index, layout):
    if name in ("as_strided", "view", "view_as_complex"):
        pytest.skip("asks for a layout of its own")
    sample = sample_of(name, index)
    expected = flat(sample.function(*leaves(sample.arrays)))
    laid_out = [LAYOUTS[layout](np.asarray(array)) for array in sample.arrays]
    found = flat(sample.function(*laid_out))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(
            one.detach().numpy(), other.detach().numpy(), rtol=1e-10, atol=1e-12
        )


# ---- elementwise ops alone

each_elementwise = pytest.mark.parametrize("name", ELEMENTWISE)
SCIPY = {
    "digamma": "psi",
    "lgamma": "gammaln",
    "igamma": "gammainc",
    "igammac": "gammaincc",
    "logit": "logit",
    "sigmoid": "expit",
    "special_bessel_j0": "j0",
    "special_bessel_j1": "j1",
    "special_bessel_y0": "y0",
    "special_bessel_y1": "y1",
    "special_modified_bessel_i0": "i0",
    "special_modified_bessel_i1": "i1",
    "special_modified_bessel_k0": "k0",
    "special_modified_bessel_k1": "k1",
    "special_scaled_modified_bessel_k0": "k0e",
    "special_scaled_modified_bessel_k1": "k1e",
}
FORMULAS = {
    "addcdiv": lambda a, b, c: a + 2 * b / c,
    "addcmul": lambda a, b, c: a + 2 * b * c,
    "clamp": np.clip,
    "clamp_max": np.minimum,
    "clamp_min": np.maximum,
    "conj_physical": np.conj,
    "div": np.divide,
    "div_floor": np.floor_divide,
    "eq": np.equal,
    "floor_divide": np.floor_divide,
    "ge": np.greater_equal,
    "gt": np.greater,
    "le": np.less_equal,
    "lerp": lambda a, b, w: a + w * (b - a),
    "lt": np.less,
    "mul": np.multiply,
    "ne": np.not_equal,
    "neg": np.negative,
    "pow_tensor": np.power,
    "reciprocal": lambda a: 1 / a,
    "rsqrt": lambda a: a**-0.5,
    "sgn": np.sign,
    "special_airy_ai": lambda a: scipy_special().airy(a)[0],
    "special_polynomial": None,
    "special_spherical_bessel_j0": lambda a: np.sin(a) / a,
    "special_zeta": lambda a, b: scipy_special().zeta(a, b),
    "sub": np.subtract,
    "polygamma": lambda a: scipy_special().polygamma(2, a),
    "special_chebyshev_polynomial_t": lambda x, n: scipy_special().eval_chebyt(np.floor(n), x),
}


def scipy_special():
    return pytest.importorskip("scipy.special")


def reference(name):
    """The same function in NumPy or SciPy, or written out."""
    if name in FORMULAS:
        return FORMULAS[name]
    plain = name.removeprefix("special_")
    known = {"acos": "arccos", "asin": "arcsin", "atan": "arctan", "atan2": "arctan2"}
    known |= {"acosh": "arccosh", "asinh": "arcsinh", "atanh": "arctanh", "sub": "subtract"}
    known |= {"bitwise_left_shift": "left_shift", "bitwise_right_shift": "right_shift"}
    found = getattr(np, known.get(plain, plain), None)
    return found or getattr(scipy_special(), SCIPY.get(name, plain), None)


@each_elementwise
def test_forward_against_numpy_or_scipy(name):
    if "polynomial" in name:
        pytest.skip("polynomials have tests of their own, against their recurrences")
    function = reference(name)
    assert function is not None, "no reference: write the formula into FORMULAS"
    arrays = arrays_for(name)
    op = REGISTRY[name]
    if takes(op, torch.float64):
        tensors = [torch.tensor(array) for array in arrays]
        found = op(*tensors, **ATTRIBUTES.get(name, {})).numpy()
    else:
        arrays = [np.asarray(10 * array, np.int64) for array in arrays]
        found = op(*[torch.tensor(array) for array in arrays]).numpy()
    np.testing.assert_allclose(found, function(*arrays), rtol=1e-10, atol=1e-12)


DTYPES = (
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
    torch.complex64,
    torch.complex128,
)


def takes(op, dtype):
    return dtype.category not in op.unsupported


@each_elementwise
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_dtypes(name, dtype):
    op = REGISTRY[name]
    if name in SETTLED_BEFORE and dtype.category < FLOATING:
        pytest.skip("settled by the public function")
    arrays = [np.ones_like(a) if name != "acosh" else a + 1 for a in arrays_for(name)]
    tensors = [torch.tensor(array).to(dtype) for array in arrays]
    call = lambda: op(*tensors, **ATTRIBUTES.get(name, {}))
    if not takes(op, dtype):
        with pytest.raises((RuntimeError, TypeError)):
            call()
        return
    result = call()
    if op.result_kind == "bool":
        assert result.dtype == torch.bool
    elif op.result_kind == "float" and dtype.category < FLOATING:
        assert result.dtype == torch.float32
    elif dtype.category < COMPLEX:
        assert result.dtype == dtype
    assert result.shape == torch.broadcast_shapes(*[t.shape for t in tensors])


@each_elementwise
def test_empty_and_0d(name):
    op = REGISTRY[name]
    dtype = torch.float64 if takes(op, torch.float64) else torch.int64
    attributes = ATTRIBUTES.get(name, {})
    none = [torch.ones(2, 0, 3, dtype=dtype) for _ in op.inputs]
    assert op(*none, **attributes).shape == (2, 0, 3)
    arrays = [array.reshape(-1)[:1] for array in arrays_for(name)]
    row = op(*[torch.tensor(array).to(dtype) for array in arrays], **attributes)
    single = op(*[torch.tensor(array[0]).to(dtype) for array in arrays], **attributes)
    assert single.shape == () and single.dtype == row.dtype
    np.testing.assert_array_equal(single.numpy(), row.numpy()[0])


@each_elementwise
def test_expanded_inputs(name):
    op = REGISTRY[name]
    dtype = torch.float64 if takes(op, torch.float64) else torch.int64
    inputs = [torch.tensor(a.reshape(-1)[:1]).to(dtype) for a in arrays_for(name)]
    attributes = ATTRIBUTES.get(name, {})
    result = op(*[t.expand(4) for t in inputs], **attributes)
    expected = op(*[t.repeat(4) for t in inputs], **attributes)
    np.testing.assert_array_equal(result.numpy(), expected.numpy())


COMPLEX_OPS = [
    name
    for name in ELEMENTWISE
    if COMPLEX not in REGISTRY[name].unsupported and REGISTRY[name].node_type is not None
]


@pytest.mark.parametrize("name", COMPLEX_OPS)
def test_complex_gradients(name):
    sample = elementwise(name)
    turn = np.exp(0.3j)
    inputs = [torch.tensor(array * turn, requires_grad=True) for array in sample.arrays]
    assert gradcheck(sample.function, inputs)
    assert gradgradcheck(sample.function, inputs, atol=1e-4)
