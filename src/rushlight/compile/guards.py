"""Guards: what a recorded program takes for granted, found by walking from the function.

The cells and globals a function reads, the items of lists and dicts there, the settings of
optimizers, and for every tensor that was used its memory and whether it needs a gradient.
May import: tensor, compile.
"""

import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..tensor import Tensor
from .entry import Entry

CELL_CONTENTS, LIST_ITEMS, TUPLE_ITEMS = 16, 24, 24
DEPTH = 4
PACKAGE = __name__.partition(".")[0]
SIMPLE = (bool, int, float, complex, str, bytes, type(None))


class Guard:
    """What was so when the program was recorded."""

    expected: Any = None

    def holds(self) -> bool:
        """Whether it still is."""
        return True

    def native(self, entry: Entry) -> None:
        """The comparison as native code; none where the count of changes covers it."""

    def refreshed(self) -> tuple[Any, Any]:
        """What is expected, before and after taking an equal object for the one it was."""
        return self.expected, self.expected


class Cell(Guard):
    """A variable of an enclosing function."""

    def __init__(self, cell: Any) -> None:
        self.cell = cell
        self.expected = cell.cell_contents

    def holds(self) -> bool:
        """Whether it still has what it had; for numbers, an equal one."""
        return same(self.cell.cell_contents, self.expected)

    def native(self, entry: Entry) -> None:
        """The comparison as native code."""
        entry.holds(self.cell, CELL_CONTENTS, self.expected)

    def refreshed(self) -> tuple[Any, Any]:
        """An equal number may be another object."""
        old, self.expected = self.expected, self.cell.cell_contents
        return old, self.expected


class Global(Guard):
    """A global variable, or an entry of another dict."""

    def __init__(self, mapping: dict, key: Any) -> None:
        self.mapping = mapping
        self.key = key
        self.expected = mapping[key]

    def holds(self) -> bool:
        """Whether the dict still has what it had under the key."""
        return self.key in self.mapping and same(self.mapping[self.key], self.expected)

    def native(self, entry: Entry) -> None:
        """The comparison as native code."""
        entry.entry_of(self.mapping, self.key, self.expected)

    def refreshed(self) -> tuple[Any, Any]:
        """An equal number may be another object."""
        old, self.expected = self.expected, self.mapping[self.key]
        return old, self.expected


class Items(Guard):
    """The items of a list."""

    def __init__(self, items: list) -> None:
        self.items = items
        self.expected = list(items)

    def holds(self) -> bool:
        """Whether the list has the items it had."""
        return len(self.items) == len(self.expected) and all(
            same(a, b) for a, b in zip(self.items, self.expected, strict=True)
        )

    def native(self, entry: Entry) -> None:
        """The comparisons as native code."""
        entry.length(self.items, len(self.expected))
        for place, item in enumerate(self.expected):
            entry.holds(self.items, 8 * place, item, indirect=LIST_ITEMS)


class Shown(Guard):
    """The memory that a tensor shows, and whether it needs a gradient: looked at after a change."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.array = tensor._array
        self.tracked = tensor._edge is not None

    def holds(self) -> bool:
        """Whether it shows the same memory still."""
        same_memory = self.tensor._array is self.array
        return same_memory and (self.tensor._edge is not None) == self.tracked


class GradBefore(Guard):
    """The gradient that a tensor has when the call begins; where it is given a new one, none."""

    def __init__(self, leaf: Tensor, grad: Tensor | None, renewed: bool) -> None:
        self.leaf = leaf
        self.expected = grad
        self.renewed = renewed

    def holds(self) -> bool:
        """Whether it has that gradient."""
        return self.leaf._grad is self.expected

    def native(self, entry: Entry) -> None:
        """The comparison as native code; a new gradient is in its place by then."""
        if not self.renewed:
            found = entry.attribute(entry.object(self.leaf), "_grad")
            entry.require(entry.let(f"icmp eq ptr {found}, {entry.object(self.expected)}"))


class Structure(Guard):
    """What a module is made of and the mode it is in: looked at after a change."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.expected = self._now()

    def _now(self) -> list:
        found: list[Any] = []
        for module in self.module.modules():
            state = module.__dict__
            found += [module, state["training"], *state["_parameters"].values()]
            found += [*state["_buffers"].values(), *state["_modules"].values()]
            found += [v for k, v in state.items() if isinstance(v, SIMPLE)]
        return found

    def holds(self) -> bool:
        """Whether it is made of the same parts, in the same mode."""
        now = self._now()
        return len(now) == len(self.expected) and all(
            same(a, b) for a, b in zip(now, self.expected, strict=True)
        )


def same(a: Any, b: Any) -> bool:
    """The same object, or an equal number or string of the same type."""
    if a is b:
        return True
    return type(a) is type(b) and isinstance(a, SIMPLE) and (a == b or (a != a and b != b))


class Found:
    """What a walk from a function finds: guards, modules, optimizers."""

    def __init__(self) -> None:
        self.guards: list[Any] = []
        self.optimizers: list[Any] = []
        self.tensors: dict[int, Tensor] = {}
        self.modules: list[Any] = []
        self._seen: set[int] = set()

    def walk(self, value: Any, depth: int = 0) -> None:
        """Looks at a value and at what can be reached from it."""
        if isinstance(value, SIMPLE) or isinstance(value, (type, types.ModuleType, np.ndarray)):
            return
        if id(value) in self._seen or depth > DEPTH:
            return
        self._seen.add(id(value))
        if isinstance(value, Tensor):
            self.tensors[id(value)] = value
        elif getattr(type(value), "is_compiled", False):
            self.walk(value.function, depth)
        elif isinstance(value, (types.FunctionType, types.MethodType)):
            self._function(value, depth)
        elif hasattr(value, "param_groups") and hasattr(value, "zero_grad"):
            self._optimizer(value)
        elif hasattr(value, "named_parameters") and hasattr(value, "training"):
            self._module(value)
        elif isinstance(value, list):
            self.guards.append(Items(value))
            for item in value:
                self.walk(item, depth + 1)
        elif isinstance(value, tuple):
            for item in value:
                self.walk(item, depth + 1)
        elif isinstance(value, dict):
            self._entries(value, depth)
        elif type(value).__module__ not in ("builtins", "numpy") and hasattr(value, "__dict__"):
            self._entries(vars(value), depth)

    def _entries(self, mapping: dict, depth: int) -> None:
        for key in list(mapping):
            self.guards.append(Global(mapping, key))
            self.walk(mapping[key], depth + 1)

    def _function(self, function: Any, depth: int) -> None:
        if isinstance(function, types.MethodType):
            self.walk(function.__self__, depth + 1)
            function = function.__func__
        if str(function.__module__).startswith(f"{PACKAGE}."):
            return
        for cell in function.__closure__ or ():
            try:
                guard = Cell(cell)
            except ValueError:  # not assigned yet
                continue
            self.guards.append(guard)
            self.walk(guard.expected, depth + 1)
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self.walk(value, depth + 1)
        for name in _names(function.__code__):
            if name in function.__globals__:
                guard = Global(function.__globals__, name)
                if not isinstance(guard.expected, types.ModuleType):
                    self.guards.append(guard)
                self.walk(guard.expected, depth + 1)

    def _module(self, module: Any) -> None:
        self.modules.append(module)
        self.guards.append(Structure(module))
        for child in module.modules():
            self._seen.add(id(child))
            for tensor in (*child._parameters.values(), *child._buffers.values()):
                if tensor is not None:
                    self.tensors[id(tensor)] = tensor

    def _optimizer(self, optimizer: Any) -> None:
        self.optimizers.append(optimizer)
        self.guards.append(Items(optimizer.param_groups))
        for group in optimizer.param_groups:
            for key, value in group.items():
                if key == "params":
                    self.guards.append(Items(value))
                    for tensor in value:
                        self.tensors[id(tensor)] = tensor
                elif key != "lr" or type(value) is not float:
                    self.guards.append(Global(group, key))
        for state in optimizer.state.values():
            for value in state.values():
                if isinstance(value, Tensor):
                    self.tensors[id(value)] = value


def _names(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
