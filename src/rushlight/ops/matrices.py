"""What the operations of linear algebra share: their error, checks of matrices, named results.

May import: core, tensor, ops.
"""

from collections import namedtuple
from typing import Any

from ..core.dtype import FLOATING, FROM_NUMPY, HALVES
from ..core.state import thread
from ..core.tracing import is_traced
from ..tensor import Tensor
from .inplace import write_out, write_outs

__all__: list[str] = []


class LinAlgError(RuntimeError):
    """Raised when a matrix is singular, not positive definite, or an algorithm fails to converge.

    >>> try:
    ...     torch.linalg.inv(torch.zeros(2, 2))
    ... except torch.linalg.LinAlgError as error:
    ...     print(str(error)[:43])
    linalg.inv: The diagonal element 1 is zero,
    """


def named_result(name: str, fields: str) -> Any:
    """The named tuple that PyTorch returns for several results, printed a field a line."""

    class Result(namedtuple(name, fields)):
        __slots__ = ()

        def __repr__(self) -> str:
            lines = [f"{field}={value!r}" for field, value in zip(self._fields, self)]
            return f"torch.return_types.{name}(\n" + ",\n".join(lines) + ")"

    Result.__name__ = Result.__qualname__ = name
    return Result


def deliver(result: Any, out: Any, *, exact: bool = True) -> Any:
    """The result, written into `out` where that was given; a tuple into a tuple.

    RuntimeError when `out` has another dtype, unless not `exact` and it can be cast.
    """
    if out is None:
        return result
    if isinstance(result, Tensor):
        return write_out(out, result, exact=exact)
    return write_outs(out, result)


def adjoint(x: Tensor) -> Tensor:
    """The conjugate transpose of the last two dims."""
    flipped = x.transpose(-2, -1)
    return flipped.conj() if x._array.dtype.kind == "c" else flipped


def check_tensor(x: Any, name: str, argument: str = "A", position: int = 1) -> None:
    """TypeError unless it is a tensor."""
    if not isinstance(x, Tensor):
        raise TypeError(
            f"{name.replace('.', '_')}(): argument '{argument}' (position {position}) must be "
            f"Tensor, not {type(x).__name__}"
        )


def check_tensors(name: str, **arguments: Any) -> None:
    """TypeError unless all the arguments, given in their order, are tensors."""
    for position, argument in enumerate(arguments, 1):
        if not isinstance(arguments[argument], Tensor):
            check_tensor(arguments[argument], name, argument, position)


def check_matrix(x: Any, name: str, argument: str = "A") -> None:
    """RuntimeError unless it is (a batch of) matrices."""
    check_tensor(x, name, argument)
    if x._array.ndim < 2:
        raise RuntimeError(
            f"{name}: The input tensor {argument} must have at least 2 dimensions. "
            f"It has shape {list(x._array.shape)}"
        )


def check_square(x: Any, name: str, argument: str = "A") -> None:
    """RuntimeError unless it is (a batch of) square matrices."""
    check_matrix(x, name, argument)
    rows, columns = x._array.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"{name}: {argument} must be batches of square matrices, but they are "
            f"{rows} by {columns} matrices"
        )


def check_floating(x: Tensor, name: str, kernel: str | None = None) -> None:
    """RuntimeError for integers; for 16-bit floats too, NotImplementedError naming the kernel."""
    array = x._array
    if FROM_NUMPY[array.dtype].category < FLOATING:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.title}"
        )
    if array.dtype in HALVES:
        if kernel is not None:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{x.dtype.title}'")
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {x.dtype.title}")


def check_same_dtype(a: Tensor, b: Tensor, name: str) -> None:
    """RuntimeError unless both have one dtype."""
    if a._array.dtype != b._array.dtype:
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type "
            f"{a.dtype.title} and B of type {b.dtype.title} instead"
        )


def raise_first(info: Any, name: str, message: str) -> None:
    """LinAlgError for the first matrix whose info is not 0; `{info}` stands in the message."""
    if is_traced(info):
        thread.recorder.check(lambda found: raise_first(found, name, message), info)
        return
    if not info.any():
        return
    place = int((info.reshape(-1) != 0).argmax())
    where = f"(Batch element {place}): " if info.ndim else ""
    raise LinAlgError(f"{name}: {where}{message.format(info=int(info.reshape(-1)[place]))}")
