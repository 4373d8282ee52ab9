"""Levels of forward mode: an edge that carries a tangent, and the blocks in which tangents live.

A tensor with a tangent is called dual. Its edge is a Dual: the tangent at one level over the edge
the tensor has below that level. When a level is left, every tensor forgets its tangent there.
May import: core, tensor.
"""

import weakref
from collections.abc import Iterator
from typing import Any

from ..core.state import NOT_RECORDING, thread, unwatch, watch
from ..tensor import Tensor, alias


class Dual:
    """The edge of a tensor with a tangent: the innermost level is outermost here."""

    __slots__ = ("edge", "level", "tangent")

    def __init__(self, level: "Level", tangent: Tensor, edge: Any) -> None:
        self.level = level
        self.tangent = tangent
        self.edge = edge


class Level:
    """A block in which tensors may have tangents of their own."""

    count = 0

    def __init__(self) -> None:
        Level.count += 1
        self.number = Level.count
        self.alive = False
        self.tensors: list[weakref.ref] = []

    def __enter__(self) -> "Level":
        thread.levels = (*thread.levels, self)
        self.alive = True
        watch(("level", self.number))
        thread.not_recording = NOT_RECORDING
        if thread.grad_enabled is False:
            thread.grad_enabled = NOT_RECORDING
        return self

    def __exit__(self, *exc: object) -> None:
        for reference in self.tensors:
            tensor = reference()
            if tensor is not None:
                tensor._edge = without(tensor._edge, self)
        self.tensors = []
        self.alive = False
        thread.levels = tuple([level for level in thread.levels if level is not self])
        if not thread.levels:
            thread.not_recording = False
            if thread.grad_enabled is NOT_RECORDING:
                thread.grad_enabled = False

    def __del__(self) -> None:
        # not before: a node may have saved a tensor with a tangent, which must then be passed over
        unwatch(("level", self.number))

    def give(self, tensor: Tensor, tangent: Tensor) -> None:
        """Makes the tensor dual at this level, which must be above those it is dual at."""
        tensor._edge = Dual(self, tangent, tensor._edge)
        self.tensors.append(weakref.ref(tensor))


def duals(edge: Any) -> Iterator[Dual]:
    """The tangents of an edge at open levels, from the innermost outwards."""
    while type(edge) is Dual:
        if edge.level.alive:
            yield edge
        edge = edge.edge


def history(edge: Any) -> Any:
    """The edge for the backward pass, below all tangents."""
    while type(edge) is Dual:
        edge = edge.edge
    return edge


def without(edge: Any, level: Level) -> Any:
    """The edge without the tangent of one level."""
    if type(edge) is not Dual:
        return edge
    if edge.level is level:
        return edge.edge
    return Dual(edge.level, edge.tangent, without(edge.edge, level))


def below(tensor: Tensor | None, level: Level) -> Tensor | None:
    """The tensor as it is seen outside of the level: with tangents of outer levels alone."""
    edge = None if tensor is None else tensor._edge
    if tensor is None or type(edge) is not Dual or edge.level.number < level.number:
        return tensor
    while type(edge) is Dual and edge.level.number >= level.number:
        edge = edge.edge
    outside = alias(tensor)
    outside._edge = edge
    for dual in duals(edge):
        dual.level.tensors.append(weakref.ref(outside))
    return outside


def tangent_at(tensor: Tensor | None, level: Level) -> Tensor | None:
    """The tangent of the tensor at this level, or None."""
    if tensor is not None:
        for dual in duals(tensor._edge):
            if dual.level is level:
                return dual.tangent
    return None


def levels_of(tensors: Any) -> list[Level]:
    """The levels at which any of the tensors is dual, from the outermost inwards."""
    found = {}
    for tensor in tensors:
        if tensor is not None:
            for dual in duals(tensor._edge):
                found[dual.level.number] = dual.level
    return [found[number] for number in sorted(found)]
