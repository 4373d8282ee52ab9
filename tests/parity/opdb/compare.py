"""Whether two results are the same, and if not, in what they differ, in a few words.

May import: everything.
"""

from typing import Any

import numpy as np
import torch

import rushlight

# relative and absolute, by the dtype of the result; accumulated in another order they differ
TOLERANCES = {
    torch.float16: (5e-3, 5e-3),
    torch.bfloat16: (2e-2, 2e-2),
    torch.float32: (1e-4, 1e-5),
    torch.complex64: (1e-4, 1e-5),
    torch.float64: (1e-7, 1e-9),
    torch.complex128: (1e-7, 1e-9),
}


def numpy_of(tensor: Any) -> np.ndarray:
    """The elements as an array that NumPy's own functions take."""
    tensor = tensor.detach()
    if isinstance(tensor, torch.Tensor):
        tensor = tensor.resolve_conj().resolve_neg()
        return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return (tensor.float() if tensor.dtype == rushlight.bfloat16 else tensor).numpy()


def difference(theirs: Any, ours: Any, values: bool = True, factor: float = 1.0) -> str | None:
    """What differs between PyTorch's result and ours, or None; `values` off: all but elements."""
    if isinstance(theirs, torch.Tensor):
        return _tensors(theirs, ours, values, factor)
    if isinstance(theirs, tuple | list):
        if not isinstance(ours, tuple | list):
            return f"a {type(ours).__name__} for a {type(theirs).__name__}"
        if len(ours) != len(theirs):
            return f"{len(ours)} results for {len(theirs)}"
        for index, (one, other) in enumerate(zip(theirs, ours)):
            found = difference(one, other, values, factor)
            if found:
                return f"[{index}] {found}"
        return None
    if isinstance(theirs, torch.dtype):
        return None if str(theirs) == str(ours) else f"{ours} for {theirs}"
    if isinstance(theirs, bool | int | float | complex):
        if type(theirs) is not type(ours):
            return f"a {type(ours).__name__} for a {type(theirs).__name__}"
        same = not values or np.allclose(theirs, ours, 1e-5, 1e-6, equal_nan=True)
        return None if same else f"{ours!r} for {theirs!r}"
    if theirs is None:
        return None if ours is None else f"a {type(ours).__name__} for None"
    return None if str(theirs) == str(ours) else f"{ours!r} for {theirs!r}"


def _tensors(theirs: torch.Tensor, ours: Any, values: bool, factor: float) -> str | None:
    if not isinstance(ours, rushlight.Tensor):
        return f"a {type(ours).__name__} for a Tensor"
    if str(ours.dtype) != str(theirs.dtype):
        return f"dtype {ours.dtype} for {theirs.dtype}"
    if tuple(ours.shape) != tuple(theirs.shape):
        return f"shape {list(ours.shape)} for {list(theirs.shape)}"
    if not values:
        return None
    return elements(theirs, ours, factor)


def elements(theirs: Any, ours: Any, factor: float = 1.0) -> str | None:
    """The worst element, where elements differ by more than the dtype's tolerance."""
    one, other = numpy_of(theirs), numpy_of(ours)
    tolerance = TOLERANCES.get(theirs.dtype)
    with np.errstate(all="ignore"):
        if tolerance is None:
            wrong = one != other
        else:
            relative, absolute = (part * factor for part in tolerance)
            wrong = ~np.isclose(other, one, relative, absolute, equal_nan=True)
    if not wrong.any():
        return None
    place = np.unravel_index(np.argmax(wrong), wrong.shape)
    at = f" at {[int(i) for i in place]}" if place else ""
    share = f" ({int(wrong.sum())} of {wrong.size})" if wrong.size > 1 else ""
    return f"{other[place]} for {one[place]}{at}{share}"


def view_difference(theirs: Any, their_inputs: list, ours: Any, our_inputs: list) -> str | None:
    """Whether what PyTorch returns as a view is one of ours, with the same strides and offset."""
    pairs = zip(tensors_in(theirs), tensors_in(ours))
    for one, other in pairs:
        if not one.numel() or one.is_conj() or one.is_neg():
            continue  # PyTorch conjugates a view lazily, rushlight at once
        address = one.untyped_storage().data_ptr()
        shared = [address == t.untyped_storage().data_ptr() for t in their_inputs]
        if True not in shared:
            continue
        whole = our_inputs[shared.index(True)]
        if other.untyped_storage().data_ptr() != whole.untyped_storage().data_ptr():
            return "a copy for a view"
        if tuple(other.stride()) != tuple(one.stride()):
            return f"strides {other.stride()} for {one.stride()}"
        if other.storage_offset() != one.storage_offset():
            return f"storage offset {other.storage_offset()} for {one.storage_offset()}"
    return None


def tensors_in(value: Any) -> list:
    """The tensors in a result or among arguments, in order."""
    if isinstance(value, torch.Tensor | rushlight.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [tensor for item in value for tensor in tensors_in(item)]
    return []
