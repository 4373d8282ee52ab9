"""Complex numbers: their parts, made of parts, conjugates and angles.

A gradient of a complex number z = x + iy is dL/dx + i dL/dy, as in PyTorch.
May import: core, kernels, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.tracing import as_array
from ..kernels import scalar as s
from ..tensor import Tensor, method, ndarray, wrap
from .batching import elementwise
from .elementwise import Elementwise, pointwise, require_tensors
from .inplace import inplace, write_out
from .op import Op
from .view_op import ViewOp

__all__ = [
    "angle",
    "complex",
    "conj",
    "conj_physical",
    "imag",
    "is_conj",
    "is_neg",
    "isreal",
    "polar",
    "real",
    "resolve_conj",
    "resolve_neg",
    "view_as_complex",
    "view_as_real",
]

# ---- their parts


_real = ViewOp("real", lambda input: input.real, (lambda g: g,))
_imag = ViewOp("imag", lambda input: input.imag, (lambda g: g * 1j,))


def _as_real(input: ndarray) -> ndarray:
    half = input.dtype.type(0).real.dtype
    if not input.ndim:
        return input.reshape(1).view(half)
    return input[..., None].view(half)


_view_as_real = ViewOp("view_as_real", _as_real, (lambda g: view_as_complex(g.contiguous()),))
_view_as_complex = ViewOp(
    "view_as_complex",
    lambda input: input.view(np.result_type(input.dtype, np.complex64))[..., 0],
    (lambda g: view_as_real(g.contiguous()),),
)


def real(input: Tensor) -> Tensor:
    """The real parts, a view; a real tensor itself.

    >>> torch.real(torch.tensor([1 + 2j]))
    tensor([1.])
    """
    return _real(input) if input._array.dtype.kind == "c" else input


def imag(input: Tensor) -> Tensor:
    """The imaginary parts, a view; RuntimeError for a real tensor.

    >>> torch.imag(torch.tensor([1 + 2j]))
    tensor([2.])
    """
    if input._array.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _imag(input)


def view_as_real(input: Tensor) -> Tensor:
    """The real and imaginary parts as a last dim of size 2, a view; RuntimeError for real input.

    >>> torch.view_as_real(torch.tensor([1 + 2j]))
    tensor([[1., 2.]])
    """
    if input._array.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return _view_as_real(input)


def view_as_complex(input: Tensor) -> Tensor:
    """A last dim of size 2 as complex numbers, a view; RuntimeError for other shapes and dtypes.

    >>> torch.view_as_complex(torch.tensor([[1.0, 2.0]]))
    tensor([1.+2.j])
    """
    array = input._array
    if array.dtype.kind != "f" or array.itemsize == 2:
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a "
            f"tensor of scalar type: {input.dtype.title}"
        )
    if not array.ndim or array.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if array.strides[-1] != array.itemsize:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    return _view_as_complex(input)


# ---- made of parts


def _join_kernel(real: ndarray, imag: ndarray) -> ndarray:
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), _COMPLEX[real.dtype])
    out.real = real
    out.imag = imag
    return out


def _polar_kernel(abs: ndarray, angle: ndarray) -> ndarray:
    return _join_kernel(abs * np.cos(angle), abs * np.sin(angle))


_COMPLEX = {d.numpy: d.to_complex().numpy for d in (dtypes.float32, dtypes.float64)}
_join = Op("complex", _join_kernel, (lambda g: g.real, lambda g: g.imag), batch=elementwise)
_polar = Op(
    "polar",
    _polar_kernel,
    (
        lambda g, abs, angle: (g.conj() * polar(abs * 0 + 1, angle)).real,
        lambda g, result: (g.conj() * result * 1j).real,
    ),
    batch=elementwise,
)


def _check_parts(name: str, first: Any, second: Any, out: Any) -> None:
    """TypeError or RuntimeError unless both are float32 or float64 tensors of one dtype."""
    require_tensors(name, real=first, imag=second)
    if first._array.dtype not in _COMPLEX or second._array.dtype not in _COMPLEX:
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{first.dtype.title} and {second.dtype.title}; here Half has no complex dtype"
        )
    if first.dtype is not second.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {first.dtype.title} but got scalar type "
            f"{second.dtype.title} for second argument"
        )
    if isinstance(out, Tensor) and out.dtype is not first.dtype.to_complex():
        raise RuntimeError(
            f"Expected object of scalar type {first.dtype.to_complex().title} but got scalar type "
            f"{out.dtype.title} for argument 'out'"
        )


def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex tensor of these parts, float32 or float64. Shapes broadcast.

    RuntimeError unless both have the same float dtype.

    >>> torch.complex(torch.tensor([1.0]), torch.tensor([2.0]))
    tensor([1.+2.j])
    """
    _check_parts("complex", real, imag, out)
    result = _join(real, imag)
    return result if out is None else write_out(out, result)


def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex tensor of these magnitudes and angles: abs * exp(i * angle). Shapes broadcast.

    RuntimeError unless both are float32 or both float64.

    >>> torch.polar(torch.tensor([2.0]), torch.tensor([0.0]))
    tensor([2.+0.j])
    """
    _check_parts("polar", abs, angle, out)
    result = _polar(abs, angle)
    return result if out is None else write_out(out, result)


# ---- conjugates and angles


def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor itself.

    >>> torch.conj(torch.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return input if input._array.dtype.kind != "c" else _conj(input)


_conj = Elementwise(
    "conj", lambda input: s.conj(input), (lambda g: g.conj(),), "ConjBackward0", "same", ()
)
_conj_physical = Elementwise(
    "conj_physical",
    lambda input: s.conj(input),
    (lambda g: g.conj(),),
    "ConjPhysicalBackward0",
    "same",
    (),
)


def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex conjugate in memory of its own; a real tensor itself.

    >>> torch.conj_physical(torch.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    is_complex = input._array.dtype.kind == "c"
    result = _conj_physical(input) if is_complex else input
    return result if out is None else write_out(out, result)


def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugates are never put off here.

    >>> torch.resolve_conj(torch.tensor([1 + 2j]).conj())
    tensor([1.-2.j])
    """
    return input


def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: signs are never put off here.

    >>> torch.resolve_neg(torch.tensor([1 + 2j]).conj().imag)
    tensor([-2.])
    """
    return input


def is_conj(input: Tensor) -> bool:
    """False: conjugates are never put off here.

    >>> torch.is_conj(torch.tensor([1 + 2j]).conj())
    False
    """
    return False


def is_neg(input: Tensor) -> bool:
    """False: signs are never put off here.

    >>> torch.is_neg(torch.tensor([1 + 2j]).conj().imag)
    False
    """
    return False


def _angle_kernel(x: ndarray) -> ndarray:
    if x.dtype.kind == "c":
        return np.angle(x)
    pi = x.dtype.type(np.pi)
    return np.where(np.isnan(x), x, np.where(x < 0, pi, x.dtype.type(0)))


def _angle_gradient(g: Tensor, input: Tensor) -> Tensor:
    if input._array.dtype.kind != "c":
        return g * 0
    size = (input * input.conj()).real
    return (g * input * 1j / size).masked_fill(size == 0, 0)


angle = pointwise(
    "angle",
    lambda input: s.where(input < 0, np.pi, 0.0),  # of a real number
    _angle_gradient,
    result="float",
    kernel=_angle_kernel,
    in_place=False,
    doc="""The angle of each element in the complex plane; of a real one 0 or pi.

    >>> torch.angle(torch.tensor([1j, -1 + 0j])), torch.angle(torch.tensor([-2.0, 3.0]))
    (tensor([1.5708, 3.1416]), tensor([3.1416, 0.0000]))
    """,
)


def isreal(input: Tensor) -> Tensor:
    """Whether the imaginary part of each element is 0.

    >>> torch.isreal(torch.tensor([1 + 0j, 2j]))
    tensor([ True, False])
    """
    array = input._array
    if array.dtype.kind != "c":
        return wrap(np.ones(array.shape, np.bool_))
    return wrap(as_array(array.imag == 0))


for _function in (conj, conj_physical, resolve_conj, resolve_neg, is_conj, is_neg, isreal):
    method(_function)
method(inplace(conj_physical), "conj_physical_")


def _set_real(self: Tensor, value: Any) -> None:
    real(self).copy_(value)


def _set_imag(self: Tensor, value: Any) -> None:
    imag(self).copy_(value)


Tensor.real = property(real, _set_real)  # type: ignore[attr-defined]
Tensor.imag = property(imag, _set_imag)  # type: ignore[attr-defined]
