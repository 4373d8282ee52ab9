"""Sampling: fills in place and draws with given parameters, in PyTorch's CPU stream.

May import: core, kernels, tensor, ops.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import rejection
from ..core.batch import BatchArray
from ..core.dtype import FROM_NUMPY, finfo
from ..core.generator import Generator, default_generator
from ..kernels import implicit
from ..tensor import Tensor, method, ndarray, wrap
from .complex_numbers import view_as_real
from .inplace import write_out
from .op import Op

__all__ = ["bernoulli", "binomial", "multinomial", "poisson"]

# ---- fills in place

_ABSENT: Any = object()


def _fill(self: Tensor, draw: Callable[..., ndarray], *along: ndarray) -> Tensor:
    """Draws the numbers in the order of memory, as PyTorch does, and writes them.

    `draw` is given the shape in that order, and the arrays that go along with the elements.
    """
    array = self._array
    if array.ndim < 2 or array.flags.c_contiguous:
        drawn = draw(array.shape, *along)
    else:
        order = sorted(range(array.ndim), key=lambda d: -array.strides[d])
        shape = tuple([array.shape[d] for d in order])
        drawn = draw(shape, *[a.transpose(order) for a in along]).transpose(np.argsort(order))
    if type(drawn) is BatchArray and self._storage is None and self._edge is None:
        self._array = drawn  # a fresh tensor that becomes another one for each example
        return self
    return self.copy_(wrap(drawn))


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None,
    **bounds: Any,
) -> Tensor:  # fmt: skip
    """Uniform numbers in [from, to), in place. RuntimeError unless from <= to.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(2).uniform_(1, 2)
    tensor([1.4963, 1.7682])
    """
    low = bounds.pop("from", from_)  # PyTorch's name for it is no Python name
    if bounds:
        raise TypeError(f"uniform_() got an unexpected keyword argument '{next(iter(bounds))}'")
    stream = generator or default_generator
    if self._array.dtype.kind == "c":
        uniform_(view_as_real(self), low, to, generator=generator)
        return self
    dtype = self._array.dtype
    return _fill(self, lambda shape: stream.uniform(shape, dtype, low, to))


def normal_(
    self: Tensor, mean: Any = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Normal numbers, in place; RuntimeError for a negative standard deviation.

    The parts of complex numbers share the variance; each has the mean, as in PyTorch.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(2).normal_(10, 2)
    tensor([13.0820,  9.4131])
    """
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    stream = generator or default_generator
    if self._array.dtype.kind == "c":
        normal_(view_as_real(self), mean, std / math.sqrt(2), generator=generator)
        return self
    dtype, dense = self._array.dtype, self._array.flags.c_contiguous
    return _fill(self, lambda shape: stream.normal(shape, dtype, mean, std, contiguous=dense))


def random_(
    self: Tensor, from_: Any = None, to: Any = _ABSENT, *, generator: Generator | None = None
) -> Tensor:
    """Integers in [from, to), in place; `random_(to)` from 0; without bounds, all the dtype holds.

    With `to=None` up to the largest of the dtype. RuntimeError for an empty range.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(3, dtype=torch.int64).random_(10)
    tensor([4, 9, 3])
    """
    stream = generator or default_generator
    dtype = self._array.dtype
    if from_ is None and (to is _ABSENT or to is None):
        return _fill(self, lambda shape: stream.random(shape, dtype))
    low, high = (0, from_) if to is _ABSENT else (from_ or 0, to)
    return _fill(self, lambda shape: stream.random_from_to(shape, dtype, low, high))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """1 with probability `p` (a number or a tensor), else 0, in place.

    RuntimeError for probabilities outside [0, 1].

    >>> torch.empty(2).bernoulli_(torch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    stream = generator or default_generator
    shape, dtype = self._array.shape, self._array.dtype
    if isinstance(p, Tensor):
        chances = np.broadcast_to(p._array, shape)
        return _fill(self, lambda order, p: stream.bernoulli(order, p, dtype), chances)
    return _fill(self, lambda shape: stream.bernoulli(shape, p, dtype))


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Numbers of the exponential distribution with rate `lambd`, in place.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(2).exponential_()
    tensor([3.5083, 1.2304])
    """
    stream = generator or default_generator
    return _fill(self, lambda shape: stream.exponential(shape, self._array.dtype, lambd))


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Trials up to the first success, each with probability `p`, in place.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(2).geometric_(0.5)
    tensor([1., 1.])
    """
    stream = generator or default_generator
    return _fill(self, lambda shape: stream.geometric(shape, self._array.dtype, p))


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Numbers of the Cauchy distribution, in place.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(2).cauchy_()
    tensor([10.5977,  0.7648])
    """
    stream = generator or default_generator
    return _fill(self, lambda shape: stream.cauchy(shape, self._array.dtype, median, sigma))


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """exp of normal numbers, in place.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(2).log_normal_()
    tensor([59.2634,  1.5116])
    """
    stream = generator or default_generator
    return _fill(self, lambda shape: stream.log_normal(shape, self._array.dtype, mean, std))


# ---- draws of their own

_bernoulli = Op(
    "bernoulli",
    lambda input, *, p, stream: _ones(input, input if p is None else p, stream),
    (lambda g: g * 0,),
)
_poisson = Op(
    "poisson",
    lambda input, *, stream: rejection.poisson(stream, input).astype(input.dtype),
    (lambda g: g * 0,),
)


def _ones(input: ndarray, p: Any, stream: Generator) -> ndarray:
    return stream.bernoulli(input.shape, p, input.dtype)


def bernoulli(
    input: Tensor, p: Any = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """1 with the probability that the input (or `p`) gives, else 0. Its gradient is 0.

    RuntimeError for probabilities outside [0, 1].

    >>> torch.bernoulli(torch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    if p is None and input._array.dtype.kind not in "fV":
        raise RuntimeError(
            f"bernoulli expects a floating point tensor of probabilities, not {input.dtype}"
        )
    p = p._array if isinstance(p, Tensor) else p
    result = _bernoulli(input, p=p, stream=generator or default_generator)
    return result if out is None else write_out(out, result)


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Indices drawn with the (unnormalised) probabilities in each row.

    RuntimeError for negative weights, or more draws than there are without replacement.

    >>> torch.multinomial(torch.tensor([0.0, 1.0]), 1)
    tensor([1])
    """
    if input._array.dtype.kind not in "fV":
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {input.dtype.title}"
        )
    if isinstance(out, Tensor) and out._array.dtype != np.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype.title}")
    stream = generator or default_generator
    result = wrap(stream.multinomial(input._array, num_samples, replacement))
    return result if out is None else write_out(out, result)


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson numbers with the rates in the input. Its gradient is 0.

    RuntimeError for a negative rate.

    >>> torch.poisson(torch.tensor([0.0, 0.0]))
    tensor([0., 0.])
    """
    if input._array.dtype.kind not in "fV":
        raise NotImplementedError(f"\"poisson_cpu\" not implemented for '{input.dtype.title}'")
    return _poisson(input, stream=generator or default_generator)


def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of `count` trials of probability `prob` succeed. Shapes broadcast.

    RuntimeError unless both have the same floating dtype.

    >>> torch.binomial(torch.tensor([5.0, 5.0]), torch.tensor([0.0, 1.0]))
    tensor([0., 5.])
    """
    if count.dtype is not prob.dtype:
        raise RuntimeError(
            f"Found dtype {prob.dtype.title} but expected {count.dtype.title}: count and prob "
            "must have the same dtype"
        )
    if count._array.dtype.kind not in "fV":
        raise NotImplementedError(f"\"binomial_cpu\" not implemented for '{count.dtype.title}'")
    drawn = rejection.binomial(generator or default_generator, count._array, prob._array)
    return wrap(drawn.astype(count._array.dtype))


# ---- gamma numbers and their shares, which move with their parameters


def _draw_gamma(input: ndarray, *, stream: Generator) -> ndarray:
    drawn = rejection.gamma(stream, input).astype(input.dtype)
    return np.maximum(drawn, finfo(FROM_NUMPY[input.dtype]).tiny).astype(input.dtype)


def _draw_dirichlet(input: ndarray, *, stream: Generator) -> ndarray:
    drawn = rejection.dirichlet(stream, input)
    limits = finfo(FROM_NUMPY[input.dtype])
    return np.clip(drawn, limits.tiny, 1 - limits.eps / 2).astype(input.dtype)


def _dirichlet_slope_kernel(drawn: ndarray, input: ndarray) -> ndarray:
    rest = input.sum(-1, keepdims=True) - input
    slope = implicit.beta_slope(drawn, input, rest) / (1 - drawn)
    return slope.astype(drawn.dtype)


_gamma_slope = Op(
    "standard_gamma_grad",
    lambda drawn, input: implicit.gamma_slope(drawn, input).astype(drawn.dtype),
)
_dirichlet_slope = Op("dirichlet_grad", _dirichlet_slope_kernel)
_standard_gamma = Op(
    "standard_gamma", _draw_gamma, (lambda g, input, result: g * _gamma_slope(result, input),)
)
_dirichlet = Op(
    "dirichlet",
    _draw_dirichlet,
    (
        lambda g, input, result: (
            _dirichlet_slope(result, input) * (g - (g * result).sum(-1, keepdim=True))
        ),
    ),
)


def standard_gamma(concentration: Tensor, generator: Generator | None = None) -> Tensor:
    """Gamma numbers of rate 1 with these shape parameters, and how they move with them."""
    return _standard_gamma(concentration, stream=generator or default_generator)


def dirichlet(concentration: Tensor, generator: Generator | None = None) -> Tensor:
    """Dirichlet numbers: shares that add up to 1 along the last dim."""
    return _dirichlet(concentration, stream=generator or default_generator)


for _function in (
    uniform_, normal_, random_, bernoulli_, exponential_, geometric_, cauchy_, log_normal_,
    bernoulli, multinomial,
):  # fmt: skip
    method(_function)
