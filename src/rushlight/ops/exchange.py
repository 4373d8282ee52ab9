"""Memory shared with other libraries: buffers, and DLPack in both directions.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.storage import Storage
from ..tensor import Tensor, method, storage_of, wrap
from .creation import check_ndarray, finish

__all__ = ["from_dlpack", "frombuffer", "to_dlpack"]

CPU_DEVICE = (1, 0)  # kDLCPU, and the number of the device


def frombuffer(
    buffer: Any,
    *,
    dtype: dtypes.dtype,
    count: int = -1,
    offset: int = 0,
    requires_grad: bool = False,
) -> Tensor:
    """A vector over the memory of a bytearray or any other buffer, from a byte on.

    ValueError when the buffer does not hold a whole number of elements, or too few.

    >>> torch.frombuffer(bytearray([1, 0, 2, 0]), dtype=torch.int16)
    tensor([1, 2], dtype=torch.int16)
    """
    size, length = dtype.itemsize, memoryview(buffer).nbytes
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length "
            f"({length} bytes) minus 1"
        )
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"buffer length ({length} bytes) after offset ({offset} bytes) must be a multiple of "
            f"element size ({size})"
        )
    if count > 0 and offset + count * size > length:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must "
            f"not be greater than actual buffer length ({length} bytes)"
        )
    result = wrap(np.frombuffer(buffer, dtype.numpy, max(count, -1), offset))
    result._storage = Storage.over(result._array)
    return finish(result, requires_grad)


# ---- DLPack


class _Exporter:
    """A DLPack capsule in the clothes of an object that can be asked for it."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **keywords: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU_DEVICE


@method
def __dlpack__(self: Tensor, **keywords: Any) -> Any:
    """The DLPack capsule of its memory; BufferError while it requires grad, or for bfloat16."""
    if self._edge is not None:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if self._array.dtype.kind == "V":
        raise BufferError("NumPy has no bfloat16 to export: use x.float()")
    storage_of(self)  # the memory escapes: whoever changes the tensor must share it
    return self._array.__dlpack__(**keywords)


@method
def __dlpack_device__(self: Tensor) -> tuple[int, int]:
    """The kind and the number of its device: (1, 0), the CPU."""
    return CPU_DEVICE


def to_dlpack(tensor: Tensor) -> Any:
    """The DLPack capsule of a tensor's memory, for another library's `from_dlpack`.

    >>> torch.from_dlpack(torch.to_dlpack(torch.tensor([1, 2])))
    tensor([1, 2])
    """
    return tensor.__dlpack__()


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor over the memory of another library's array, or of a DLPack capsule.

    >>> import numpy
    >>> torch.from_dlpack(numpy.array([1, 2]))
    tensor([1, 2])
    """
    source = ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Exporter(ext_tensor)
    array = np.from_dlpack(source)
    check_ndarray(array)
    result = wrap(array)
    result._storage = Storage.over(array)
    return result.clone() if copy else result
