"""Nested tuples, lists and dicts of values: taken apart to a flat list, and put together again.

May import: nothing.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any


class Spec:
    """The structure of a tree; a leaf has none of its own."""

    __slots__ = ("children", "keys", "kind")

    def __init__(self, kind: Any, keys: Any, children: list["Spec"]) -> None:
        self.kind = kind
        self.keys = keys
        self.children = children

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Spec)
            and self.kind is other.kind
            and self.keys == other.keys
            and self.children == other.children
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        inside = ", ".join([repr(child) for child in self.children])
        return f"{self.kind.__name__}({inside})"

    @property
    def leaves(self) -> int:
        """How many leaves a tree of this structure has."""
        return 1 if self.kind is None else sum([child.leaves for child in self.children])


LEAF = Spec(None, None, [])


def _parts(tree: Any) -> tuple[Any, Any, list] | None:
    """(kind, keys, children) of a node; None for a leaf."""
    kind = type(tree)
    if kind is tuple or kind is list:
        return kind, None, list(tree)
    if kind is dict or kind is OrderedDict:
        return kind, list(tree), list(tree.values())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return kind, None, list(tree)
    return None


def flatten(tree: Any) -> tuple[list, Spec]:
    """The leaves from left to right, and the structure."""
    parts = _parts(tree)
    if parts is None:
        return [tree], LEAF
    kind, keys, children = parts
    leaves: list = []
    specs = []
    for child in children:
        found, spec = flatten(child)
        leaves += found
        specs.append(spec)
    return leaves, Spec(kind, keys, specs)


def unflatten(leaves: list, spec: Spec) -> Any:
    """The tree with these leaves."""
    if spec.kind is None:
        return leaves[0]
    children = []
    start = 0
    for child in spec.children:
        end = start + child.leaves
        children.append(unflatten(leaves[start:end], child))
        start = end
    if spec.keys is not None:
        return spec.kind(zip(spec.keys, children, strict=True))
    if hasattr(spec.kind, "_fields"):
        return spec.kind(*children)
    return spec.kind(children)


def tree_map(function: Callable, tree: Any) -> Any:
    """The tree with the function of each leaf."""
    leaves, spec = flatten(tree)
    return unflatten([function(leaf) for leaf in leaves], spec)


def spread_prefix(prefix: Any, spec: Spec) -> list | None:
    """A value for each leaf, from a tree that may end where the structure goes on; None if it has
    another structure."""
    if spec.kind is None:
        return None if _parts(prefix) is not None else [prefix]
    parts = _parts(prefix)
    if parts is None:
        return [prefix] * spec.leaves
    kind, keys, children = parts
    if kind is not spec.kind or keys != spec.keys or len(children) != len(spec.children):
        return None
    found: list = []
    for child, child_spec in zip(children, spec.children, strict=True):
        below = spread_prefix(child, child_spec)
        if below is None:
            return None
        found += below
    return found
