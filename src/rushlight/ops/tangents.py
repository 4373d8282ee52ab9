"""Forward mode of every op: the tangent of a result from those of the inputs.

A vjp is linear in the gradient, so differentiating the vjp with respect to the gradient gives the
jvp: the second derivatives that exist anyway. A view of a tensor has the view of its tangent, and
an elementwise op multiplies a tangent by just what it would multiply a gradient by.
May import: core, tensor, autograd, ops.
"""

from typing import Any

import numpy as np

from ..autograd import engine
from ..autograd.grad_mode import enable_grad
from ..autograd.graph import AccumulateGrad
from ..autograd.levels import Level, below, history, levels_of, tangent_at
from ..core.batch import BatchArray, batches_of
from ..core.state import thread
from ..tensor import Tensor, alias, wrap

FLOATING = "fcV"
OURS = 1 << 62  # of a leaf that no transform takes for somebody else's


def push(op: Any, inputs: Any, attrs: dict[str, Any], result: Any) -> None:
    """Gives the result, whose history is there already, its tangent at each level."""
    parts = result if type(result) is tuple else (result,)
    for level in levels_of(inputs):
        primals = [below(tensor, level) for tensor in inputs]
        tangents = [tangent_at(tensor, level) for tensor in inputs]
        found = _recording(lambda p=primals, t=tangents: tangent_of(op, p, attrs, result, t))
        _give(level, parts, found if type(result) is tuple else (found,))


def push_list(op: Any, tensors: list[Tensor], attrs: dict[str, Any], result: Tensor) -> None:
    """The same for a linear op of a list of tensors: it is applied to the tangents."""
    for level in levels_of(tensors):
        tangents = [tangent_or_zeros(tensor, level) for tensor in tensors]
        _give(level, (result,), (op.variadic(tangents, **attrs),))


def _give(level: Level, parts: Any, tangents: Any) -> None:
    for part, tangent in zip(parts, tangents, strict=True):
        if tangent is not None and part._array.dtype.kind in FLOATING:
            level.give(part, _fitted(tangent, part))


def _fitted(tangent: Tensor, part: Tensor) -> Tensor:
    if tangent._array.shape != part._array.shape:
        tangent = tangent.expand(part._array.shape)
    if tangent._array.dtype != part._array.dtype:
        if tangent._array.dtype.kind == "c" and part._array.dtype.kind != "c":
            tangent = tangent.real
        tangent = tangent.to(np_dtype=part._array.dtype)
    return tangent


def tangent_or_zeros(tensor: Tensor, level: Level) -> Tensor:
    """The tangent, zeros where the tensor has none."""
    tangent = tangent_at(tensor, level)
    return wrap(np.zeros(tensor._array.shape, tensor._array.dtype)) if tangent is None else tangent


def _recording(function: Any) -> Any:
    """Runs it with recording on; what was recorded for its own sake is dropped afterwards."""
    if thread.grad_enabled is True:
        return function()
    with enable_grad():
        found = function()
    for part in found if type(found) is tuple else (found,):
        if part is not None:
            _forget(part)
    return found


def _forget(tensor: Tensor) -> None:
    """Leaves the tensor its tangents alone, and those theirs."""
    levels = levels_of([tensor])
    tangents = [tangent_at(tensor, level) for level in levels]
    tensor._edge = None
    for level, tangent in zip(levels, tangents, strict=True):
        assert tangent is not None
        if tangent._edge is not None:
            kept, tangent = tangent, alias(tangent)
            tangent._edge = kept._edge
            _forget(tangent)
        level.give(tensor, tangent)


def tangent_of(op: Any, inputs: list, attrs: dict[str, Any], result: Any, tangents: list) -> Any:
    """The tangent of the result (a tuple of them for several), None where it depends on none."""
    if op.linear:
        found = op(tangents[0], **attrs)
        return found
    values = _values(op, inputs, attrs, result, tangents)
    if op.jvp is not None:
        return op.jvp(tangents, values)
    if type(result) is not tuple and _real(inputs, result) and op.elementwise:
        return _by_vjp(op, values, tangents)
    return _by_double_vjp(op, inputs, values, result, tangents)


def _real(inputs: list, result: Tensor) -> bool:
    return all([t is None or t._array.dtype.kind != "c" for t in (*inputs, result)])


def _values(op: Any, inputs: list, attrs: dict, result: Any, tangents: list) -> dict[str, Any]:
    """All that a vjp may ask for, by name."""
    values = {**attrs, "result": result, "needs": tuple([t is not None for t in tangents])}
    for position, name in enumerate(op.inputs):
        tensor = inputs[position] if position < len(inputs) else None
        values[name] = tensor
        values[f"{name}_shape"] = None if tensor is None else tensor._array.shape
    return values


def _by_vjp(op: Any, values: dict, tangents: list) -> Tensor | None:
    """The derivatives of an elementwise op, times the tangents: its vjps applied to them."""
    total = None
    for tangent, vjp, needs in zip(tangents, op.vjps, op.needs, strict=False):
        if tangent is not None and vjp is not None:
            part = vjp(tangent, *[values[name] for name in needs])
            if part is not None:
                total = part if total is None else total + part
    return total


def _leaf(array: Any, batches: tuple) -> Tensor:
    zeros: Any = np.zeros((1,) * len(batches) + array.shape, array.dtype)
    if batches:
        zeros = BatchArray(zeros, batches)
    leaf = wrap(zeros)
    leaf._edge = AccumulateGrad(leaf)
    leaf._edge.made_by = OURS
    return leaf


def _by_double_vjp(op: Any, inputs: list, values: dict, result: Any, tangents: list) -> Any:
    parts = result if type(result) is tuple else (result,)
    tensors = [t for t in (*inputs, *tangents, *parts) if t is not None]
    batches = batches_of([t._array for t in tensors])
    starts = [
        _leaf(part._array, batches) if part._array.dtype.kind in FLOATING else None
        for part in parts
    ]
    gradient: Any = list(starts) if type(result) is tuple else starts[0]
    if op.joint is not None:
        found = op.joint(gradient, *[values[name] for name in op.joint_needs])
    else:
        found = [
            vjp(gradient, *[values[name] for name in needs])
            if tangent is not None and vjp is not None
            else None
            for tangent, vjp, needs in zip(tangents, op.vjps, op.needs, strict=False)
        ]
    roots = []
    for tensor, tangent, back in zip(inputs, tangents, found, strict=False):
        if tangent is None or back is None or history(back._edge) is None:
            continue
        if back._array.shape != tensor._array.shape:
            back = back.sum_to_size(tensor._array.shape)
        if back._array.dtype.kind == "c" and tensor._array.dtype.kind != "c":
            back = back.real
        if tangent._array.dtype != back._array.dtype:
            tangent = tangent.to(np_dtype=back._array.dtype)
        roots.append((history(back._edge), tangent))
    wanted = [start for start in starts if start is not None]
    targets = engine.Targets([start._edge for start in wanted])
    if roots:
        engine.run(roots, keep_graph=True, create_graph=True, targets=targets)
    pushed = [None if start is None else targets.caught.get((start._edge, 0)) for start in starts]
    if type(result) is not tuple:
        return pushed[0]
    return tuple(pushed)


# ---- changes in place


def carry_over(self: Tensor, edge: Any, family: list[Tensor], rebase: Any, windows: Any) -> None:
    """`rebase(self, edge)` of tensors with tangents: the tangents of a base and its views follow.

    `family` is the base and its live views; `windows` reads and writes a view's part of a tangent.
    """
    stand_in = wrap(self._array)
    stand_in._edge = edge
    base = family[0]
    read, write = windows
    found = []
    for level in levels_of([stand_in, *family]):
        dual = [tangent_at(tensor, level) is not None for tensor in family]
        whole = tangent_or_zeros(base, level)
        if not dual[0] and True in dual:
            # views that `make_dual` made dual, unlike their base, which stays as it is
            for tensor, has in zip(family, dual, strict=True):
                whole = write(whole, tangent_at(tensor, level), tensor) if has else whole
            follows = [has or tensor is self for tensor, has in zip(family, dual, strict=True)]
        else:
            follows = [True] * len(family)
        change = tangent_or_zeros(stand_in, level)
        whole = change if self is base else write(whole, change, self)
        parts = [whole, *[read(whole, view) for view in family[1:]]]
        found.append((level, [part if to else None for part, to in zip(parts, follows)]))
    for tensor in family:
        tensor._edge = history(tensor._edge)
    rebase(self, history(edge))
    for level, tangents in found:
        for tensor, tangent in zip(family, tangents, strict=True):
            if tangent is not None:
                level.give(tensor, tangent)
