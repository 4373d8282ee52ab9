"""vmap: a function of one example becomes a function of a batch of examples.

The function runs once. Its tensors hold arrays that pass for those of one example
(core/batch.py); every operation works on all of them.
May import: core, tensor, autograd, ops.
"""

import functools
from collections.abc import Callable
from typing import Any

from ..core.batch import Batch, BatchArray, batches_of
from ..core.state import NOT_RECORDING, thread
from ..core.trees import Spec, flatten, spread_prefix, unflatten
from ..ops import crossing  # attaches `_enter` and `_leave` to Tensor
from ..ops.joining import cat
from ..tensor import Tensor

assert crossing


class open_batch:
    """A block in which there is one more batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def __enter__(self) -> Batch:
        self._before = (thread.batches, thread.not_recording)
        thread.batches = (*thread.batches, self.batch)
        thread.not_recording = NOT_RECORDING
        if thread.grad_enabled is False:
            thread.grad_enabled = NOT_RECORDING
        return self.batch

    def __exit__(self, *exc: object) -> None:
        thread.batches, thread.not_recording = self._before
        if not thread.not_recording and thread.grad_enabled is NOT_RECORDING:
            thread.grad_enabled = False


def name_of(function: Any) -> str:
    """The name of a function, or what it is shown as."""
    return getattr(function, "__name__", repr(function))


def _sizes(dims: list, leaves: list, name: str, in_dims: Any) -> int:
    """The size of the batch that these dims of the leaves agree on; ValueError else."""
    head = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim="
    sizes = []
    for position, (dim, leaf) in enumerate(zip(dims, leaves, strict=True)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(
                f"{head}{dim} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(leaf, Tensor):
            raise ValueError(
                f"{head}{dim} for an input but the input is of type {type(leaf)}. We cannot vmap "
                "over non-Tensor arguments, please use None as the respective in_dim"
            )
        ndim = leaf._array.ndim
        if not -ndim <= dim < ndim:
            raise ValueError(
                f"{head}{dim} for some input, but that input is a Tensor of dimensionality {ndim} "
                f"so expected in_dim to satisfy -{ndim} <= in_dim < {ndim}."
            )
        dims[position] = dim % ndim
        sizes.append(leaf._array.shape[dims[position]])
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any([size != sizes[0] for size in sizes]):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0]


def mapped(name: str, in_dims: Any, args: tuple) -> tuple[list, list, Spec, int]:
    """(a dim or None for each leaf, the leaves, their structure, the size of the batch)."""
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a "
            "(potentially nested) tuple matching the structure of inputs, got: "
            f"{type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are "
            "trying to vmap over a function with no inputs. The latter is unsupported."
        )
    leaves, spec = flatten(args)
    dims = spread_prefix(in_dims, spec)
    if dims is None:
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the "
            f"structure of `inputs`. in_dims has structure {flatten(in_dims)[1]} but inputs has "
            f"structure {spec}."
        )
    return dims, leaves, spec, _sizes(dims, leaves, name, in_dims)


def _dims_out(name: str, out_dims: Any, spec: Spec) -> list:
    dims = None
    if isinstance(out_dims, int) or out_dims is None:
        dims = [out_dims] * spec.leaves
    elif isinstance(out_dims, (tuple, list, dict)):
        if spec.kind is None and isinstance(out_dims, tuple) and len(out_dims) == 1:
            out_dims = out_dims[0]
        dims = spread_prefix(out_dims, spec)
        if dims is None:
            raise ValueError(
                f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible "
                f"with the structure of `outputs`. out_dims has structure {flatten(out_dims)[1]} "
                f"but outputs has structure {spec}."
            )
    if dims is None or any([not isinstance(dim, int) and dim is not None for dim in dims]):
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
            "collection of ints representing where in the outputs the vmapped dimension should "
            "appear."
        )
    return dims


def _left(name: str, batch: Batch, leaf: Any, dim: int | None) -> Any:
    """A result with its batch as a dim again."""
    if dim is None:
        if isinstance(leaf, Tensor) and batch in batches_of((leaf._array,)):
            raise ValueError(
                f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None"
            )
        return leaf
    if not isinstance(leaf, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(leaf)}. Did you "
            "mean to set out_dims= to None for output?"
        )
    ndim = leaf._array.ndim + 1
    if not -ndim <= dim < ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got "
            f"{dim})"
        )
    return leaf._leave(batch, dim % ndim)


def run_batch(
    function: Callable, batch: Batch, dims: list, leaves: list, spec: Spec, kwargs: dict,
    out_dims: Any,
) -> Any:  # fmt: skip
    """The function of all examples of one batch."""
    name = name_of(function)
    with open_batch(batch):
        inside = [
            leaf if dim is None else leaf._enter(batch, dim)
            for leaf, dim in zip(leaves, dims, strict=True)
        ]
        outputs, out_spec = flatten(function(*unflatten(inside, spec), **kwargs))
        dims_out = _dims_out(name, out_dims, out_spec)
        results = [
            _left(name, batch, leaf, dim) for leaf, dim in zip(outputs, dims_out, strict=True)
        ]
    return unflatten(results, out_spec)


def vmap(
    func: Callable,
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable:
    """A function of batches that calls `func`, written for one example, on all of them at once.

    `in_dims` says which dim of each argument (or of each tensor in it) the examples lie along,
    None for one that all have in common; `out_dims` where they come out. Keyword arguments are in
    common. `randomness` is "error", "same" or "different" for each example; `chunk_size` limits how
    many run at once. ValueError for dims and sizes that do not fit.

    >>> torch.vmap(torch.dot)(torch.ones(2, 3), torch.tensor([[1.0, 2, 3], [4, 5, 6]]))
    tensor([ 6., 15.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. Got "
            f"{randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func, updated=())
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        dims, leaves, spec, size = mapped(name_of(func), in_dims, args)
        if chunk_size is None or chunk_size >= size:
            batch = Batch(size, randomness)
            return run_batch(func, batch, dims, leaves, spec, kwargs, out_dims)
        parts = []
        for start in range(0, size, chunk_size):
            count = min(chunk_size, size - start)
            chunk = [
                leaf if dim is None else leaf.narrow(dim, start, count)
                for leaf, dim in zip(leaves, dims, strict=True)
            ]
            batch = Batch(count, randomness)
            parts.append(run_batch(func, batch, dims, chunk, spec, kwargs, out_dims))
        return _together(parts, name_of(func), out_dims)

    return wrapped


def _together(parts: list, name: str, out_dims: Any) -> Any:
    """The results of all chunks, one after the other."""
    flat = [flatten(part)[0] for part in parts]
    spec = flatten(parts[0])[1]
    dims = _dims_out(name, out_dims, spec)
    joined = [
        pieces[0] if dim is None else cat(list(pieces), dim)
        for pieces, dim in zip(zip(*flat, strict=True), dims, strict=True)
    ]
    return unflatten(joined, spec)


def is_batched(tensor: Tensor) -> bool:
    """Whether the tensor stands for a batch of examples."""
    return type(tensor._array) is BatchArray


__all__ = ["vmap"]
