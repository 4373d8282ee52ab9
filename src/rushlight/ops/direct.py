"""Scatters in place: straight into the tensor's memory where no gradient is concerned.

Only what the index names is touched: a few rows of a large tensor cost what a few rows cost.
May import: core, kernels, tensor, autograd, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.state import shared, thread
from ..kernels.placing import scatter_into
from ..tensor import Tensor, storage_of
from .inplace import inplace, needs_history
from .op import ndarray

# the dim, the index, the values that go there, and what combines them with what stands there
Parts = tuple[int, ndarray, ndarray, Any]


def in_place_of(function: Callable, parts: Callable[..., Parts | None]) -> Callable:
    """The in-place method of a scatter.

    `parts` takes the function's arguments, checks them as it does, and says what goes where; None
    where the long way must be taken.
    """
    general = inplace(function)

    def in_place(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        target = self._array
        if (
            shared.watched
            or type(target) is not ndarray
            or not (target.flags.c_contiguous and target.ndim)
            or target.dtype in HALVES  # their sums are rounded once, at the end
            or (thread.grad_enabled and needs_history(self, args, kwargs))
        ):
            return general(self, *args, **kwargs)
        found = parts(self, *args, **kwargs)
        if found is None:
            return general(self, *args, **kwargs)
        dim, index, values, ufunc = found
        if type(index) is not ndarray or type(values) is not ndarray:
            return general(self, *args, **kwargs)
        if index.size:
            index, values = [
                array.copy() if np.may_share_memory(target, array) else array
                for array in (index, values)
            ]
            storage_of(self).version += 1
            scatter_into(target, index, values.astype(target.dtype, copy=False), dim, ufunc)
        return self

    in_place.__name__ = in_place.__qualname__ = general.__name__
    in_place.__doc__ = general.__doc__
    return in_place
