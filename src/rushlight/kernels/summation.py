"""Sums of arrays whose rounding error stays small in every direction.

May import: core.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.tracing import is_traced

_add_reduce = np.add.reduce
BLOCK = 128


def add_up(input: np.ndarray, dims: Any, keepdim: bool) -> np.ndarray:
    """The sum in the input's own precision (float32 for halves); accurate over long outer dims.

    NumPy adds the elements of a row pairwise but the rows of a column one after the other.
    """
    if input.dtype in HALVES:
        input = input.astype(np.float32)
    if input.size <= BLOCK or not dims or input.dtype != np.float32:
        return _add_reduce(input, dims, keepdims=keepdim)
    outer = [d for d in dims if d != input.ndim - 1 and input.shape[d] > BLOCK]
    if not outer or not input.size:
        return _add_reduce(input, dims, keepdims=keepdim)
    for d in outer:
        input = _blocked(input, d)
    return _add_reduce(input, dims, keepdims=keepdim)


def _blocked(input: np.ndarray, dim: int) -> np.ndarray:
    """Partial sums of 128 neighbours along a dim, until few are left."""
    while input.shape[dim] > BLOCK:
        length = input.shape[dim]
        rest = length % BLOCK
        if not input.flags.c_contiguous or (rest and dim):
            input = np.add.reduceat(input, np.arange(0, length, BLOCK), axis=dim)
        elif rest:  # far quicker than reduceat
            whole = _blocked(input[:-rest], 0)
            tail = _add_reduce(input[-rest:], 0, keepdims=True)
            input = np.concatenate([_add_reduce(whole, 0, keepdims=True), tail])
        else:
            shape = (*input.shape[:dim], length // BLOCK, BLOCK, *input.shape[dim + 1 :])
            input = _add_reduce(input.reshape(shape), dim + 1)
    return input


@lru_cache
def broadcast_dims(shape: tuple, larger: tuple) -> tuple[int, ...] | None:
    """The dims of `larger` over which `shape` was repeated to give it; None when it cannot."""
    lead = len(larger) - len(shape)
    if lead < 0:
        return None
    dims = list(range(lead))
    for position, size in enumerate(shape, lead):
        if size != larger[position]:
            if size != 1:
                return None
            dims.append(position)
    return tuple(dims)


ROUNDS = 16  # up to so many rows a place, rounds take less time than runs


def add_rows(out: np.ndarray, places: np.ndarray, rows: np.ndarray) -> None:
    """out[places] += rows, where a place that is named several times gets all its rows.

    Rows are sorted by their place. Places named often are summed run by run, those named seldom
    all at once in rounds: everybody's first row, everybody's second; `np.add.at` takes many times
    longer.
    """
    if not len(places):
        return
    if is_traced(rows):
        np.add.at(out, places, rows)
        return
    order = places.argsort(kind="stable")
    places = places[order]
    starts = np.concatenate(([0], np.flatnonzero(places[1:] != places[:-1]) + 1))
    counts = np.diff(starts, append=len(places))
    often = counts > ROUNDS
    if often.any():
        many = order[np.repeat(often, counts)]
        ends = np.cumsum(counts[often])
        out[places[starts[often]]] += np.add.reduceat(rows[many], ends - counts[often], axis=0)
        starts, counts = starts[~often], counts[~often]
    turn = 0
    while len(starts):
        out[places[starts]] += rows[order[starts + turn]]
        turn += 1
        left = counts > turn
        starts, counts = starts[left], counts[left]
