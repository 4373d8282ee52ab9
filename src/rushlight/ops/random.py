"""Random tensors, drawn from PyTorch's CPU stream: the same seed gives the same numbers.

May import: core, tensor, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.device import require
from ..core.dtype import dtype as Dtype
from ..core.generator import Generator, default_generator
from ..core.layout import as_shape
from ..tensor import Tensor, method, wrap
from .inplace import write_out

__all__ = [
    "bernoulli",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
]


def manual_seed(seed: int) -> Generator:
    """Starts the default stream anew from `seed`, and returns its generator.

    >>> _ = torch.manual_seed(0)
    >>> torch.rand(3)
    tensor([0.4963, 0.7682, 0.0885])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Starts the default stream from a seed of the operating system's, and returns the seed.

    >>> torch.seed() == torch.initial_seed()
    True
    """
    return default_generator.seed()


def initial_seed() -> int:
    """The seed the default stream was started from.

    >>> _ = torch.manual_seed(7)
    >>> torch.initial_seed()
    7
    """
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default stream, as PyTorch's 5056 bytes.

    >>> state = torch.get_rng_state()
    >>> a = torch.rand(2)
    >>> torch.set_rng_state(state)
    >>> torch.equal(a, torch.rand(2))
    True
    """
    return wrap(default_generator.state_bytes())


def set_rng_state(new_state: Tensor) -> None:
    """Puts the default stream into a state that `get_rng_state` gave; else TypeError."""
    default_generator.set_state_bytes(_state_array(new_state))


def _state_array(state: Tensor) -> np.ndarray:
    if not isinstance(state, Tensor) or state._array.dtype != np.uint8:
        kind = state.dtype if isinstance(state, Tensor) else type(state).__name__
        raise TypeError(f"expected a torch.ByteTensor, but got {kind}")
    return state._array


def _get_state(self: Generator) -> Tensor:
    """The state of the stream, as PyTorch's 5056 bytes."""
    return wrap(self.state_bytes())


def _set_state(self: Generator, new_state: Tensor) -> Generator:
    """Puts the stream into a state that `get_state` gave."""
    self.set_state_bytes(_state_array(new_state))
    return self


Generator.get_state = _get_state  # type: ignore[attr-defined]
Generator.set_state = _set_state  # type: ignore[attr-defined]


def _floating(dtype: Dtype | None) -> Any:
    return (dtype or dtypes.get_default_dtype()).numpy


def _finish(array: np.ndarray, out: Tensor | None, requires_grad: bool) -> Tensor:
    result = wrap(array)
    if out is not None:
        return write_out(out, result)
    return result.requires_grad_() if requires_grad else result


def rand(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Uniform numbers in [0, 1).

    >>> _ = torch.manual_seed(0)
    >>> torch.rand(2, 2)
    tensor([[0.4963, 0.7682],
            [0.0885, 0.1320]])
    """
    require(device)
    drawn = (generator or default_generator).uniform(as_shape(size), _floating(dtype))
    return _finish(drawn, out, requires_grad)


def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers of the normal distribution with mean 0 and variance 1.

    >>> _ = torch.manual_seed(0)
    >>> torch.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    require(device)
    drawn = (generator or default_generator).normal(as_shape(size), _floating(dtype))
    return _finish(drawn, out, requires_grad)


def randint(
    low: Any,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers in [low, high), int64 unless asked; `randint(high, size)` starts at 0.

    RuntimeError when the range is empty.

    >>> _ = torch.manual_seed(0)
    >>> torch.randint(0, 10, (4,))
    tensor([4, 9, 3, 0])
    """
    require(device)
    if size is None:
        low, high, size = 0, low, high
    if low >= high:
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    numpy_dtype = (dtype or dtypes.int64).numpy
    drawn = (generator or default_generator).random_from_to(
        as_shape((size,)), numpy_dtype, low, high
    )
    return _finish(drawn, out, requires_grad)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The integers from 0 to n - 1 in random order.

    >>> _ = torch.manual_seed(0)
    >>> torch.randperm(4)
    tensor([0, 1, 3, 2])
    """
    require(device)
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    drawn = (generator or default_generator).permutation(n, (dtype or dtypes.int64).numpy)
    return _finish(drawn, out, requires_grad)


def rand_like(input: Tensor, *, dtype: Dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Uniform numbers in [0, 1), shaped as the input.

    >>> torch.rand_like(torch.zeros(2, 3)).shape
    torch.Size([2, 3])
    """
    return rand(*input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def randn_like(input: Tensor, *, dtype: Dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Normal numbers, shaped as the input.

    >>> torch.randn_like(torch.zeros(2, 3)).shape
    torch.Size([2, 3])
    """
    return randn(*input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def randint_like(
    input: Tensor, low: int, high: int | None = None, *, dtype: Dtype | None = None
) -> Tensor:
    """Integers in [low, high), shaped and typed as the input.

    >>> torch.randint_like(torch.zeros(2, 3), 10).dtype
    torch.float32
    """
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, tuple(input.shape), dtype=dtype or input.dtype)


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Normal numbers with means and standard deviations that are numbers or tensors.

    >>> _ = torch.manual_seed(0)
    >>> torch.normal(10.0, 2.0, (2,))
    tensor([13.0820,  9.4131])
    """
    stream = generator or default_generator
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        drawn = stream.normal(as_shape((size,)), _floating(None), float(mean), float(std))
        return _finish(drawn, out, False)
    like = mean if isinstance(mean, Tensor) else std
    shape = np.broadcast_shapes(*[t._array.shape for t in (mean, std) if isinstance(t, Tensor)])
    result = wrap(stream.normal(shape, like._array.dtype)) * std + mean
    return result.detach() if out is None else write_out(out, result.detach())


def bernoulli(
    input: Tensor, p: Any = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """1 with the probability that the input (or `p`) gives, else 0.

    RuntimeError for probabilities outside [0, 1].

    >>> torch.bernoulli(torch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    probability = input._array if p is None else p
    stream = generator or default_generator
    drawn = stream.bernoulli(input._array.shape, probability, input._array.dtype)
    return _finish(drawn, out, False)


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Indices drawn with the (unnormalised) probabilities in each row.

    RuntimeError for negative weights, or more draws than there are without replacement.

    >>> torch.multinomial(torch.tensor([0.0, 1.0]), 1)
    tensor([1])
    """
    stream = generator or default_generator
    return wrap(stream.multinomial(input._array, num_samples, replacement))


def _fill(self: Tensor, draw: Callable[[tuple], np.ndarray]) -> Tensor:
    """Draws the numbers in the order of memory, as PyTorch does, and writes them."""
    array = self._array
    if array.ndim < 2 or array.flags.c_contiguous:
        drawn = draw(array.shape)
    else:
        order = sorted(range(array.ndim), key=lambda d: -array.strides[d])
        drawn = draw(tuple([array.shape[d] for d in order])).transpose(np.argsort(order))
    return self.copy_(wrap(drawn))


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Uniform numbers in [from, to), in place."""
    stream = generator or default_generator
    dtype = self._array.dtype
    return _fill(self, lambda shape: stream.uniform(shape, dtype, from_, to))


def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Normal numbers, in place; RuntimeError for a negative standard deviation."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    stream = generator or default_generator
    dtype, dense = self._array.dtype, self._array.flags.c_contiguous
    return _fill(self, lambda shape: stream.normal(shape, dtype, mean, std, contiguous=dense))


def random_(
    self: Tensor, from_: Any = None, to: Any = None, *, generator: Generator | None = None
) -> Tensor:
    """Integers in [from, to), in place; without bounds, all the dtype can hold."""
    stream = generator or default_generator
    dtype = self._array.dtype
    if from_ is None:
        return _fill(self, lambda shape: stream.random(shape, dtype))
    low, high = (0, from_) if to is None else (from_, to)
    return _fill(self, lambda shape: stream.random_from_to(shape, dtype, low, high))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """1 with probability `p` (a number or a tensor), else 0, in place."""
    stream = generator or default_generator
    shape, dtype = self._array.shape, self._array.dtype
    if isinstance(p, Tensor):
        return self.copy_(wrap(stream.bernoulli(shape, p._array, dtype)))
    return _fill(self, lambda shape: stream.bernoulli(shape, p, dtype))


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Numbers of the exponential distribution with rate `lambd`, in place."""
    stream = generator or default_generator
    return _fill(self, lambda shape: stream.exponential(shape, self._array.dtype, lambd))


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Trials up to the first success, each with probability `p`, in place."""
    stream = generator or default_generator
    return _fill(self, lambda shape: stream.geometric(shape, self._array.dtype, p))


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Numbers of the Cauchy distribution, in place."""
    stream = generator or default_generator
    return _fill(self, lambda shape: stream.cauchy(shape, self._array.dtype, median, sigma))


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """exp of normal numbers, in place."""
    stream = generator or default_generator
    return _fill(self, lambda shape: stream.log_normal(shape, self._array.dtype, mean, std))


for _function in (
    uniform_, normal_, random_, bernoulli_, exponential_, geometric_, cauchy_, log_normal_,
    bernoulli, multinomial,
):  # fmt: skip
    method(_function)
