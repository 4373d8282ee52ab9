"""Random numbers in batches: one draw for all examples, or one for each, as `vmap` was told.

May import: core.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .batch import Batch, BatchArray, batches_of, full_in, loop
from .state import thread
from .turns import Turns

RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
    "'different' randomness flags on vmap or perform the randomness operation out of vmap"
)


def for_each_example(method: Callable) -> Callable:
    """A method of a random stream that obeys what `vmap` says of randomness.

    Its first argument is a shape, or else a count or array; only a shape can be drawn at once.
    """

    @functools.wraps(method)
    def draw(self: Any, shape: Any, *args: Any, **kwargs: Any) -> Any:
        if not thread.batches:
            record = None if thread.recorder is None else thread.recorder.fresh
            args = (self, shape, *args)
            return record(method, args, kwargs) if record else method(*args, **kwargs)
        if any([batch.randomness == "error" for batch in thread.batches]):
            raise RuntimeError(RANDOM)
        if type(thread.batches) is Turns:
            thread.batches.before_draw(self)
            return method(self, shape, *args, **kwargs)
        different = tuple([b for b in thread.batches if b.randomness == "different"])
        given = (shape, args, kwargs)
        own = batches_of(given)
        if not set(own) <= set(different):  # the same numbers, for other parameters
            return loop(functools.partial(draw, self), (shape, *args), kwargs)
        if not different:
            return method(self, shape, *args, **kwargs)
        if not isinstance(shape, tuple):
            marks = [BatchArray(np.zeros(b.size, np.int8), (b,)) for b in different]
            return loop(lambda _, *g, **n: method(self, *g, **n), (marks, shape, *args), kwargs)
        sizes = tuple([batch.size for batch in different])
        args, kwargs = _full((args, kwargs), different)
        return BatchArray(method(self, sizes + shape, *args, **kwargs), different)

    return draw


def _full(value: Any, batches: tuple[Batch, ...]) -> Any:
    kind = type(value)
    if kind is BatchArray:
        return full_in(value, batches)
    if kind is tuple:
        return tuple([_full(each, batches) for each in value])
    if kind is dict:
        return {key: _full(each, batches) for key, each in value.items()}
    return value
