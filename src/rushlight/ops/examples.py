"""Functions of tensors that look at numbers: called for each example where one is a batch.

May import: core, tensor.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.batch import batches_of, loop
from ..core.state import shared
from ..core.trees import flatten, unflatten
from ..tensor import Tensor, wrap


def each_example(function: Callable) -> Callable:
    """A function without a gradient, which `vmap` calls for each example: right, and slower."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not shared.watched:
            return function(*args, **kwargs)
        leaves, spec = flatten((args, kwargs))
        arrays = [leaf._array if isinstance(leaf, Tensor) else leaf for leaf in leaves]
        if not batches_of(arrays):
            return function(*args, **kwargs)
        tensors = [isinstance(leaf, Tensor) for leaf in leaves]

        def of_one(*values: Any) -> Any:
            given = [wrap(v) if is_one else v for v, is_one in zip(values, tensors, strict=True)]
            positional, named = unflatten(given, spec)
            result = function(*positional, **named)
            return result._array if isinstance(result, Tensor) else result

        found: Any = loop(of_one, arrays, {})
        return wrap(found) if isinstance(found, np.ndarray) else found

    return call
