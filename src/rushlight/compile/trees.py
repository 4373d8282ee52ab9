"""Nested containers of tensors: taken apart into a flat list, and put together again.

May import: tensor.
"""

from collections.abc import Callable
from typing import Any

from ..tensor import Tensor


def leaves_of(tree: Any, found: list[Tensor]) -> Any:
    """Appends the tensors of a tree to a list; gives its hashable shape, other values included.

    TypeError for a value that is neither a tensor, a container of them nor hashable.
    """
    if isinstance(tree, Tensor):
        found.append(tree)
        return Tensor
    if isinstance(tree, (list, tuple)):
        return type(tree), tuple([leaves_of(part, found) for part in tree])
    if isinstance(tree, dict):
        return type(tree), tuple([(key, leaves_of(part, found)) for key, part in tree.items()])
    hash(tree)
    return type(tree), tree


def rebuilt(tree: Any, change: Callable[[Tensor], Any]) -> Any:
    """The tree with each tensor changed."""
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[rebuilt(part, change) for part in tree])
    if isinstance(tree, (list, tuple)):
        return type(tree)([rebuilt(part, change) for part in tree])
    if isinstance(tree, dict):
        return type(tree)({key: rebuilt(part, change) for key, part in tree.items()})
    return tree
