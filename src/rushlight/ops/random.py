"""Random tensors, drawn from PyTorch's CPU stream: the same seed gives the same numbers.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.device import require
from ..core.dtype import dtype as Dtype
from ..core.generator import Generator, default_generator
from ..core.layout import as_shape, broadcast_shapes
from ..tensor import Tensor, wrap
from .creation import scalar_tensor
from .filled import empty_like
from .inplace import write_out
from .op import Op
from .sampling import normal_, random_, uniform_

__all__ = [
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
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
    """Puts the default stream into a state that `get_rng_state` gave; else TypeError.

    >>> state = torch.get_rng_state()
    >>> first = torch.rand(2)
    >>> torch.set_rng_state(state)
    >>> torch.equal(torch.rand(2), first)
    True
    """
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


def _finish(result: Tensor, out: Tensor | None, requires_grad: bool) -> Tensor:
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
    result = wrap(np.empty(as_shape(size), _floating(dtype)))
    return _finish(uniform_(result, generator=generator), out, requires_grad)


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
    result = wrap(np.empty(as_shape(size), _floating(dtype)))
    return _finish(normal_(result, generator=generator), out, requires_grad)


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
    return _finish(wrap(drawn), out, requires_grad)


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
    return _finish(wrap(drawn), out, requires_grad)


def _like(input: Tensor, dtype: Any, device: Any, memory_format: Any) -> Tensor:
    return empty_like(input, dtype=dtype, device=device, memory_format=memory_format)


def rand_like(
    input: Tensor, *, dtype: Dtype | None = None, layout: Any = None, device: Any = None,
    generator: Generator | None = None, requires_grad: bool = False, memory_format: Any = None,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Uniform numbers in [0, 1), shaped and typed as the input.

    >>> torch.rand_like(torch.zeros(2, 3)).shape
    torch.Size([2, 3])
    """
    result = uniform_(_like(input, dtype, device, memory_format), generator=generator)
    return result.requires_grad_() if requires_grad else result


def randn_like(
    input: Tensor, *, dtype: Dtype | None = None, layout: Any = None, device: Any = None,
    generator: Generator | None = None, requires_grad: bool = False, memory_format: Any = None,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Normal numbers, shaped and typed as the input.

    >>> torch.randn_like(torch.zeros(2, 3)).shape
    torch.Size([2, 3])
    """
    result = normal_(_like(input, dtype, device, memory_format), generator=generator)
    return result.requires_grad_() if requires_grad else result


def randint_like(
    input: Tensor, low: Any, high: Any = None, *, dtype: Dtype | None = None, layout: Any = None,
    device: Any = None, generator: Generator | None = None, requires_grad: bool = False,
    memory_format: Any = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Integers in [low, high), shaped and typed as the input; `randint_like(x, high)` from 0.

    >>> torch.randint_like(torch.zeros(2, 3), 10).dtype
    torch.float32
    """
    low, high = (0, low) if high is None else (low, high)
    low, high = int(low), int(high)
    result = random_(_like(input, dtype, device, memory_format), low, high, generator=generator)
    return result.requires_grad_() if requires_grad else result


# the numbers do not move with their mean, for `Normal.rsample` is what does
_normal = Op(
    "normal",
    lambda mean, std, *, standard: standard * std + mean,
    (lambda g: g * 0, lambda g: g * 0),
)


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normal numbers with means and standard deviations that are numbers or tensors.

    With two numbers `size` says how many, and `dtype` of which kind. RuntimeError for a negative
    standard deviation.

    >>> _ = torch.manual_seed(0)
    >>> torch.normal(10.0, 2.0, (2,))
    tensor([13.0820,  9.4131])
    """
    require(device)
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        if size is None:
            raise TypeError(
                "normal() received an invalid combination of arguments: two numbers need a size"
            )
        result = wrap(np.empty(as_shape((size,)), _floating(dtype)))
        normal_(result, mean, std, generator=generator)
        if out is not None:
            return write_out(out, result)
        return result.requires_grad_() if requires_grad else result
    if isinstance(std, Tensor):
        if std._array.dtype.kind == "c":
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if (std._array < 0).any():
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    like = mean if isinstance(mean, Tensor) else std
    shape = broadcast_shapes(*[t._array.shape for t in (mean, std) if isinstance(t, Tensor)])
    standard = normal_(wrap(np.empty(shape, like._array.dtype)), generator=generator)
    mean, std = [
        v if isinstance(v, Tensor) else scalar_tensor(v, dtype=like.dtype) for v in (mean, std)
    ]
    result = _normal(mean.to(like.dtype), std.to(like.dtype), standard=standard._array)
    return result if out is None else write_out(out, result)
