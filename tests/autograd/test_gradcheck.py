"""gradcheck and gradgradcheck: what they accept, and the wrong gradients that they catch.

May import: everything.
"""

import pytest

import rushlight as torch
from rushlight.autograd import Function, gradcheck, gradgradcheck

X = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
Y = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
Z = torch.tensor([1 + 2j, -1j], dtype=torch.complex128, requires_grad=True)


class WrongCube(Function):
    """x cubed, with 2 x^2 for its derivative."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 2 * x**2


class WrongSecond(Function):
    """x cubed, with the right derivative, of which backward says that it is constant."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (3 * x**2).detach()


class Noisy(Function):
    """The identity, whose gradient is right but for noise."""

    calls = 0

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        Noisy.calls += 1
        return g + 1e-7 * Noisy.calls


@pytest.mark.parametrize(
    "function, inputs",
    [
        (lambda x: (x * x).sum(), X),
        (lambda x: (x * x).sum(), [X]),
        (lambda x, y: x * y + x / y, (X, Y)),
        (lambda x, k: x * k, (X, 3.0)),
        (lambda x, y: (x * y, x + y), (X, Y)),
        (lambda x, y: x @ y, (X, Y)),
        (lambda z: z * z.conj(), (Z,)),
        (lambda z: (z * z).abs(), (Z,)),
        (lambda x: x.sort()[0], (X,)),
        (lambda x: torch.ones(2), (X,)),
        (lambda x: x[0] * 0 + 1, (X,)),
        (lambda x: x.view(2, 1), (X.detach().clone().requires_grad_(),)),
    ],
)
def test_right_gradients(function, inputs):
    assert gradcheck(function, inputs)
    assert gradcheck(function, inputs, fast_mode=True)


def test_a_wrong_gradient_is_caught_and_shown():
    with pytest.raises(RuntimeError) as seen:
        gradcheck(WrongCube.apply, (X,))
    assert str(seen.value) == (
        "Jacobian mismatch for output 0 with respect to input 0,\n"
        "numerical:tensor([[ 3.0000,  0.0000],\n        [ 0.0000, 12.0000]], dtype=torch.float64)\n"
        "analytical:tensor([[2., 0.],\n        [0., 8.]], dtype=torch.float64)\n"
    )
    assert gradcheck(WrongCube.apply, (X,), raise_exception=False) is False
    assert gradcheck(WrongCube.apply, (X,), raise_exception=False, fast_mode=True) is False


def test_a_wrong_gradient_of_one_of_several_is_caught():
    with pytest.raises(RuntimeError, match="mismatch for output 1 with respect to input 0"):
        gradcheck(lambda x, y: (x * y, WrongCube.apply(x)), (X, Y))
    with pytest.raises(RuntimeError, match="mismatch for output 0 with respect to input 1"):
        gradcheck(lambda x, y: x + WrongCube.apply(y), (X, Y))


def test_a_history_cut_off_is_caught():
    with pytest.raises(RuntimeError, match="Numerical gradient for function expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, (X,))
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        gradcheck(lambda x: x * x.detach(), (X,))


def test_noise_is_caught_unless_it_is_allowed():
    with pytest.raises(RuntimeError, match="Backward is not reentrant"):
        gradcheck(Noisy.apply, (X,))
    Noisy.calls = 0
    assert gradcheck(Noisy.apply, (X,), nondet_tol=1e-3)


def test_second_derivatives():
    assert gradgradcheck(lambda x: x**3, (X,))
    assert gradgradcheck(lambda x, y: x * x * y, (X, Y))
    assert gradgradcheck(lambda z: z * z * z.conj(), (Z,))
    weights = torch.ones(2, dtype=torch.float64, requires_grad=True)
    assert gradgradcheck(lambda x: x**3, (X,), weights)
    assert gradcheck(WrongSecond.apply, (X,))
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        gradgradcheck(WrongSecond.apply, (X,))
    assert gradgradcheck(WrongSecond.apply, (X,), raise_exception=False) is False


def test_inputs_that_cannot_be_checked():
    with pytest.raises(
        ValueError, match="at least one input tensor to require gradient, but none of"
    ):
        gradcheck(lambda x: x * 2, (torch.ones(2),))
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(lambda: 2, ())
    single = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="not a double precision floating point"):
        gradcheck(lambda x: x * x, (single,))
    assert gradcheck(lambda x: x * x, (single,), eps=1e-2, atol=1e-1)
    with pytest.raises(RuntimeError, match="The 0th input has a dimension with stride 0"):
        gradcheck(lambda x: x * x, (X[:1].expand(2),))


def test_nothing_is_left_changed():
    before = X.tolist()
    gradcheck(lambda x: x**3, (X,))
    gradgradcheck(lambda x: x**3, (X,))
    assert X.tolist() == before
    assert X.grad is None
