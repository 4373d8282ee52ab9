"""forward_ad: tangents by hand. Make dual tensors, compute with them, take them apart again.

May import: core, tensor, autograd.
"""

from typing import NamedTuple

from ..core.state import thread
from ..tensor import Tensor, alias
from .levels import Level, tangent_at, without


class UnpackedDualTensor(NamedTuple):
    """The two parts of a dual tensor: `primal` and `tangent` (None where it has none).

    >>> fwAD = torch.autograd.forward_ad
    >>> fwAD.UnpackedDualTensor(torch.tensor(1.0), None).tangent is None
    True
    """

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Opens a level, to be closed with `exit_dual_level`; RuntimeError where one is open.

    >>> fwAD = torch.autograd.forward_ad
    >>> level = fwAD.enter_dual_level()
    >>> x = fwAD.make_dual(torch.tensor(3.0), torch.tensor(2.0))
    >>> fwAD.unpack_dual(5 * x).tangent
    tensor(10.)
    >>> fwAD.exit_dual_level(level=level)
    """
    if thread.dual_level is not None:
        raise RuntimeError(
            "Nested forward mode AD is not supported at the moment: close the open level first, "
            "or use torch.func.jvp, which does nest"
        )
    thread.dual_level = Level().__enter__()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Closes the open level: every tensor forgets its tangent. RuntimeError where none is open.

    >>> fwAD = torch.autograd.forward_ad
    >>> level = fwAD.enter_dual_level()
    >>> fwAD.exit_dual_level(level=level)
    """
    if thread.dual_level is None:
        raise RuntimeError(
            "Dual level must be a positive number: no level is open; enter_dual_level() opens one"
        )
    open_level, thread.dual_level = thread.dual_level, None
    open_level.__exit__()


class dual_level:
    """A block in which tensors may have tangents.

    >>> fwAD = torch.autograd.forward_ad
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(torch.tensor(3.0), torch.tensor(1.0))
    ...     fwAD.unpack_dual(x * x)
    UnpackedDualTensor(primal=tensor(9.), tangent=tensor(6.))
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of the tensor that has this tangent, of the same shape and dtype.

    RuntimeError outside of a level, ValueError for integers.

    >>> fwAD = torch.autograd.forward_ad
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(torch.tensor(3.0), torch.tensor(1.0))
    ...     fwAD.unpack_dual(x.sin()).tangent == torch.tensor(3.0).cos()
    tensor(True)
    """
    if thread.dual_level is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    return dual_at(thread.dual_level, tensor, tangent)


def dual_at(level: Level, tensor: Tensor, tangent: Tensor) -> Tensor:
    """A view of the tensor that has this tangent at the level."""
    for name, each in (("primal", tensor), ("tangent", tangent)):
        if each._array.dtype.kind not in "fcV":
            raise ValueError(
                f"Expected {name} to be floating point or complex, but got: {each.dtype}"
            )
    if tensor._array.shape != tangent._array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(tensor._array.shape)} while "
            f"the given forward gradient is of size {list(tangent._array.shape)}."
        )
    if tangent_at(tensor, level) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the "
            f"same level {level.number} is not supported."
        )
    if tensor._array.dtype != tangent._array.dtype:
        tangent = tangent.to(tensor.dtype)
    dual = tensor.view_as(tensor)
    level.give(dual, tangent)
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The tensor without its tangent, and the tangent; None for one that has none.

    >>> fwAD = torch.autograd.forward_ad
    >>> with fwAD.dual_level():
    ...     fwAD.unpack_dual(torch.tensor(3.0))
    UnpackedDualTensor(primal=tensor(3.), tangent=None)
    """
    if thread.dual_level is None:
        return UnpackedDualTensor(tensor, None)
    return parts_at(thread.dual_level, tensor)


def parts_at(level: Level, tensor: Tensor) -> UnpackedDualTensor:
    """The tensor without its tangent at the level, and that tangent."""
    primal = alias(tensor)
    primal._edge = without(tensor._edge, level)
    return UnpackedDualTensor(primal, tangent_at(tensor, level))


__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "unpack_dual",
]
