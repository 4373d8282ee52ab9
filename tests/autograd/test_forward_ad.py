"""Forward mode: the tangents of every op, views and changes in place, levels, Functions.

May import: everything.
"""

import gc
import weakref

import pytest

import rushlight as torch
from rushlight.autograd import forward_ad as fwAD
from rushlight.autograd import gradcheck, gradgradcheck
from rushlight.core.state import shared, thread
from tests.ops.op_samples import OF_FLOATS, SAMPLES, elementwise

ALL = [
    pytest.param(name, index, id=f"{name}-{index}")
    for name in sorted({*OF_FLOATS, *SAMPLES})
    for index in range(len(SAMPLES.get(name, [0])))
]
# whose gradient PyTorch refuses, and whose second one, of which a tangent is made
REFUSED = {"floor_divide"}
ONCE = {"ctc_loss"}


def leaves(sample):
    return [torch.tensor(a, dtype=torch.double, requires_grad=True) for a in sample.arrays]


@pytest.mark.parametrize(("name", "index"), ALL)
def test_tangents_of_every_op(name, index):
    sample = SAMPLES[name][index] if name in SAMPLES else elementwise(name)
    inputs = leaves(sample)
    result = sample.function(*inputs)
    outputs = [result] if isinstance(result, torch.Tensor) else list(result)
    if name in REFUSED or not any(t.requires_grad for t in outputs):
        return
    if name in ONCE:
        with pytest.raises(RuntimeError, match="derivative for aten::"):
            gradcheck(sample.function, inputs, check_forward_ad=True)
        return
    assert gradcheck(sample.function, inputs, check_forward_ad=True, check_backward_ad=False)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.exp() * x,
        lambda x: x.softmax(0),
        lambda x: (x[None] @ x[:, None]).tanh(),
        lambda x: torch.cat([x, x * x]).cumsum(0),
        lambda x: x.prod() / x,
        lambda x: torch.nn.functional.layer_norm(x, (3,)),
    ],
)
def test_tangents_of_gradients(function):
    x = torch.tensor([0.5, 2.0, -1.0], dtype=torch.double, requires_grad=True)
    assert gradgradcheck(function, x, check_fwd_over_rev=True)


@pytest.mark.parametrize(
    "function",
    [
        lambda z: z * z.conj(),
        lambda z: z.abs(),
        lambda z: z.exp() / z,
        lambda z: z.real * z,
        lambda z: torch.view_as_real(z),
    ],
)
def test_complex_numbers(function):
    z = torch.tensor([0.5 + 1j, 2.0 - 2j], dtype=torch.cdouble, requires_grad=True)
    assert gradcheck(function, z, check_forward_ad=True)


def pushed(function, *pairs):
    """The tangent of a function's result."""
    with fwAD.dual_level():
        result = function(*[fwAD.make_dual(torch.tensor(p), torch.tensor(t)) for p, t in pairs])
        tangent = fwAD.unpack_dual(result).tangent
    return None if tangent is None else tangent.tolist()


def in_place(x):
    y = x * 1
    y.mul_(x)
    return y


def overwritten(x):
    y = x * x
    y[0] = 5.0
    return y


def through_a_view(x):
    y = x * 1
    y[1:].mul_(x[0])
    return y


def into_plain(x):
    y = torch.zeros(2)
    part = y[:1]
    y.copy_(x)
    return part


def of_a_view_seen_by_its_base(x):
    y = torch.zeros(3)
    y[1:].add_(x)
    return y


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (in_place, [4, 60]),
        (overwritten, [0, 60]),
        (through_a_view, [2, 16]),
        (into_plain, [2]),
        (of_a_view_seen_by_its_base, [0, 2, 10]),
        (lambda x: x.unbind()[1], 10),
        (lambda x: x.detach() * x, [2, 30]),
        (lambda x: x.detach(), None),
        (lambda x: (x > 0).float(), None),
        (lambda x: x.double().float(), [2, 10]),
        (lambda x: torch.where(x > 1, x, 0.0), [0, 10]),
        (lambda x: x.clone().zero_(), [0, 0]),
        (lambda x: x.clone().fill_(3), [0, 0]),
    ],
)
def test_views_and_changes_in_place(function, expected):
    assert pushed(function, ([1.0, 3.0], [2.0, 10.0])) == expected


def test_make_dual_is_a_view_of_a_tensor_that_stays_plain():
    x = torch.tensor([1.0, 2.0])
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, torch.ones(2))
        dual.add_(1)
        assert x.tolist() == [2, 3] and fwAD.unpack_dual(x).tangent is None
        part = dual[1:]
        dual.mul_(part)
        assert fwAD.unpack_dual(part).tangent.tolist() == [6]
        assert repr(dual) == "tensor([6., 9.], tangent=tensor([5., 6.]))"
        assert dual._is_view() and not dual.requires_grad and dual.is_leaf
        assert dual.numpy().tolist() == [6, 9]


def test_no_grad_and_inference_stop_no_tangent():
    x, t, w = torch.ones(2), torch.tensor([1.0, 2.0]), torch.ones(2, requires_grad=True)
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, t)
        with torch.no_grad():
            assert not torch.is_grad_enabled()
            y = dual * dual * w
        assert not y.requires_grad and fwAD.unpack_dual(y).tangent.tolist() == [2, 4]
        z = dual * w
        assert z.requires_grad and fwAD.unpack_dual(z).tangent.requires_grad


def test_reverse_through_tangents_and_tangents_of_grads():
    x = torch.tensor([0.3, 0.7], dtype=torch.double, requires_grad=True)
    direction = torch.tensor([1.0, 2.0], dtype=torch.double)
    with fwAD.dual_level():
        tangent = fwAD.unpack_dual(fwAD.make_dual(x, direction).sin()).tangent
    (found,) = torch.autograd.grad(tangent.sum(), x)
    assert torch.allclose(found, -x.sin() * direction)
    with fwAD.dual_level():
        y = fwAD.make_dual(x.detach(), direction).requires_grad_()
        y.sin().sum().backward()
        assert torch.allclose(fwAD.unpack_dual(y.grad).tangent, -x.sin().detach() * direction)


def test_leaving_the_level_drops_every_tangent():
    with pytest.raises(KeyError), fwAD.dual_level():
        dual = fwAD.make_dual(torch.ones(2), torch.ones(2))
        square = dual * dual
        gone = weakref.ref(fwAD.unpack_dual(square).tangent)
        raise KeyError
    gc.collect()
    assert gone() is None and fwAD.unpack_dual(square).tangent is None
    assert square._edge is None
    assert not [reason for reason in shared.watched if "level" in reason]
    assert thread.grad_enabled is True and thread.not_recording is False


def test_under_no_grad_the_mode_is_as_before():
    with torch.no_grad():
        with fwAD.dual_level():
            pass
        assert thread.grad_enabled is False
        assert not (torch.ones(1, requires_grad=True) * 2).requires_grad


class Scale(torch.autograd.Function):
    """x * x * factor, with a derivative in each direction."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return x * x * factor, x.argmax()

    @staticmethod
    def backward(ctx, g, _):
        (x,) = ctx.saved_tensors
        return 2 * x * ctx.factor * g, None

    @staticmethod
    def jvp(ctx, x_tangent, _):
        (x,) = ctx.saved_tensors
        return 2 * x * ctx.factor * x_tangent, None


def test_functions_of_ones_own():
    assert pushed(lambda x: Scale.apply(x, 3)[0], ([1.0, 2.0], [1.0, 10.0])) == [6, 120]
    x = torch.tensor([1.0, 2.0], dtype=torch.double, requires_grad=True)
    assert gradcheck(lambda x: Scale.apply(x, 3)[0], x, check_forward_ad=True)


@pytest.mark.parametrize(
    ("returned", "error", "words"),
    [
        (lambda t: t, RuntimeError, r"invalid number of forward gradients \(expected 2 but got 1"),
        (lambda t: (t[:1], None), RuntimeError, "has a different size than that of the original"),
    ],
)
def test_functions_that_return_something_wrong(returned, error, words):
    class Bad(Scale):
        @staticmethod
        def jvp(ctx, x_tangent, _):
            return returned(x_tangent)

    with pytest.raises(error, match=words):
        pushed(lambda x: Bad.apply(x, 3)[0], ([1.0, 2.0], [1.0, 1.0]))


def test_functions_without_jvp():
    class Without(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    with pytest.raises(NotImplementedError, match="You must implement the jvp function"):
        pushed(Without.apply, ([1.0], [1.0]))


def test_misuse():
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="no level exists, make sure to enter_dual_level"):
        fwAD.make_dual(x, x)
    with pytest.raises(RuntimeError, match="Dual level must be a positive number"):
        fwAD.exit_dual_level()
    assert fwAD.unpack_dual(x) == (x, None)
    with fwAD.dual_level():
        with pytest.raises(RuntimeError, match="Nested forward mode AD is not supported"):
            fwAD.enter_dual_level()
        with pytest.raises(ValueError, match="Expected primal to be floating point or complex"):
            fwAD.make_dual(torch.ones(2, dtype=torch.int64), x)
        with pytest.raises(ValueError, match="Expected tangent to be floating point or complex"):
            fwAD.make_dual(x, torch.ones(2, dtype=torch.int64))
        with pytest.raises(RuntimeError, match="has a different size than that of the original"):
            fwAD.make_dual(x, torch.ones(3))
        dual = fwAD.make_dual(x, x)
        with pytest.raises(RuntimeError, match="already has a forward gradient"):
            fwAD.make_dual(dual, x)
        with pytest.raises(NotImplementedError, match="Trying to use forward AD with an out="):
            torch.add(dual, 1, out=torch.zeros(2))
