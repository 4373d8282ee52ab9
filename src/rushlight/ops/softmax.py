"""Softmax: exponentials divided by their sum along a dim, and their logarithms.

Each is one op with a kernel for its gradient too, since a composite would walk the memory six
times.
May import: core, tensor, ops.
"""

import warnings
from typing import Any

import numpy as np

from ..core.dtype import dtype as dtype_class
from ..tensor import Tensor, method
from .batching import along
from .fused import fused, require_floating, require_tensor
from .inplace import into
from .op import ndarray

__all__ = ["log_softmax", "softmax"]


def _shifted(input: ndarray, dim: int) -> ndarray:
    """The input less its maximum along the dim, so that its exponentials cannot overflow."""
    return input - np.maximum.reduce(input, dim, keepdims=True)


def _softmax_kernel(input: ndarray, *, dim: int) -> ndarray:
    if not input.ndim or not input.size:
        return np.ones_like(input)
    out = _shifted(input, dim)
    np.exp(out, out=out)
    out /= np.add.reduce(out, dim, keepdims=True)
    return out


# `output`, not `result`: to the gradient's own op that word means its own result
def _softmax_slope(gradient: ndarray, output: ndarray, *, dim: int) -> ndarray:
    if not output.ndim:
        return np.zeros_like(output)
    out = gradient * output
    out -= output * np.add.reduce(out, dim, keepdims=True)
    return out


def _softmax_second(g: Tensor, gradient: Tensor, output: Tensor, dim: int) -> Tensor:
    return (
        g * gradient
        - g * (gradient * output).sum(dim, keepdim=True)
        - gradient * (g * output).sum(dim, keepdim=True)
    )


_softmax_backward = fused(
    "softmax_backward",
    _softmax_slope,
    (lambda g, output, dim: _softmax_backward(g, output, dim=dim), _softmax_second),
    batch=along("dim"),
)
_softmax = fused(
    "softmax",
    _softmax_kernel,
    (lambda g, result, dim: _softmax_backward(g, result, dim=dim),),
    batch=along("dim"),
)


def _log_softmax_kernel(input: ndarray, *, dim: int) -> ndarray:
    if not input.ndim or not input.size:
        return np.zeros_like(input)
    out = _shifted(input, dim)
    out -= np.log(np.add.reduce(np.exp(out), dim, keepdims=True))
    return out


def _log_softmax_slope(gradient: ndarray, output: ndarray, *, dim: int) -> ndarray:
    if not output.ndim:
        return np.zeros_like(output)
    out = np.exp(output)
    out *= np.add.reduce(gradient, dim, keepdims=True)
    return np.subtract(gradient, out, out=out)


_log_softmax_backward = fused(
    "log_softmax_backward",
    _log_softmax_slope,
    (
        lambda g, output, dim: g - (g * output.exp()).sum(dim, keepdim=True),
        lambda g, gradient, output, dim: -g * output.exp() * gradient.sum(dim, keepdim=True),
    ),
    batch=along("dim"),
)
_log_softmax = fused(
    "log_softmax",
    _log_softmax_kernel,
    (lambda g, result, dim: _log_softmax_backward(g, result, dim=dim),),
    "LogSoftmaxBackward0",
    batch=along("dim"),
)


def implicit_dim(name: str, ndim: int) -> int:
    """The dim that programs written before `dim` was an argument meant, with their warning."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
        "dim=X as an argument.",
        stacklevel=4,
    )
    return 0 if ndim in (0, 1, 3) else 1


def _prepared(name: str, kernel: str, input: Any, dim: Any, dtype: Any) -> tuple[Tensor, int]:
    """The input in the wanted dtype and the dim counted from the front."""
    require_tensor(input, name)
    if dim is None:
        dim = implicit_dim(name, input._array.ndim)
    if dtype is not None:
        input = input.to(dtype)
    ndim = input._array.ndim or 1
    if not -ndim <= dim < ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got "
            f"{dim})"
        )
    dim %= ndim
    if input._array.dtype.kind not in "fV":
        require_floating(input, name, f"{kernel}{'_lastdim' * (dim == ndim - 1)}_kernel_impl")
    return input, dim


def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: Any = 3, dtype: dtype_class | None = None,
    *, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """exp(input) divided by its sum along `dim`: positive numbers that sum to 1.

    `dtype` converts the input first. IndexError when there is no such dim.

    >>> torch.softmax(torch.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([0.0900, 0.2447, 0.6652])
    """
    if isinstance(_stacklevel, dtype_class):
        dtype = _stacklevel  # as torch.softmax has it
    input, dim = _prepared("softmax", "softmax", input, dim, dtype)
    return into(out, _softmax(input, dim=dim))


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: Any = 3, dtype: dtype_class | None = None,
    *, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """log(softmax(input, dim)), accurate also where the softmax is tiny.

    `dtype` converts the input first. IndexError when there is no such dim.

    >>> torch.log_softmax(torch.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([-2.4076, -1.4076, -0.4076])
    """
    if isinstance(_stacklevel, dtype_class):
        dtype = _stacklevel  # as torch.log_softmax has it
    input, dim = _prepared("log_softmax", "log_softmax", input, dim, dtype)
    return into(out, _log_softmax(input, dim=dim))


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtype_class | None = None
) -> Tensor:
    """softmax(-input, dim).

    >>> torch.nn.functional.softmin(torch.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([0.6652, 0.2447, 0.0900])
    """
    require_tensor(input, "softmin")
    if dim is None:
        dim = implicit_dim("softmin", input._array.ndim)
    return softmax(-input, dim, dtype=dtype)


method(lambda self, dim=None, dtype=None: softmax(self, dim, dtype=dtype), "softmax")
method(lambda self, dim=None, dtype=None: log_softmax(self, dim, dtype=dtype), "log_softmax")
