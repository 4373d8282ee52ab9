"""Containers: modules in a row, in a list, in a dictionary.

May import: nn.
"""

from collections.abc import Iterable, Iterator
from operator import index as as_index
from typing import Any

from .module import Module, indented
from .tree import typename


class _Numbered(Module):
    """Modules under the names "0", "1", ...: the manners of a Python list."""

    def _position(self, position: Any, end: int = 0) -> int:
        """A position counted from the front; IndexError outside."""
        position = as_index(position)
        size = len(self._modules)
        if not -size <= position < size + end:
            raise IndexError(f"index {position} is out of range")
        return position % size if position < 0 else position

    def _renumber(self, modules: Iterable[Any]) -> None:
        named = {str(position): module for position, module in enumerate(modules)}
        self._modules.clear()
        self._modules.update(named)

    def _selected(self, chosen: slice) -> Any:
        made: Any = type(self)
        return made(list(self._modules.values())[chosen])

    def __getitem__(self, position: Any) -> Any:
        if isinstance(position, slice):
            return self._selected(position)
        return list(self._modules.values())[self._position(position)]

    def __setitem__(self, position: int, module: Any) -> None:
        name = list(self._modules)[self._position(position)]
        setattr(self, name, module)

    def __delitem__(self, position: Any) -> None:
        modules = list(self._modules.values())
        del modules[position if isinstance(position, slice) else self._position(position)]
        self._renumber(modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def append(self, module: Any) -> Any:
        """Adds a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Any:
        """Adds modules at the end; TypeError unless they can be iterated over."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, but got "
                f"{type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> Any:
        """Puts a module before the one at `index`; IndexError outside the list."""
        if not isinstance(module, Module):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        size = len(self)
        if not -size <= index <= size:
            raise IndexError(f"Index out of range: {index}")
        modules = list(self)
        modules.insert(index + size if index < 0 else index, module)
        self._renumber(modules)
        return self

    def pop(self, key: Any) -> Any:
        """Takes out the module at a position and returns it."""
        module = self[key]
        del self[key]
        return module


class Sequential(_Numbered):
    """Modules applied one after the other; takes them, or one dictionary of them.

    >>> torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU())
    Sequential(
      (0): Linear(in_features=4, out_features=16, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], dict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for position, module in enumerate(args):
                self.add_module(str(position), module)

    def forward(self, input: Any) -> Any:
        """The output of the last module, each given that of the one before."""
        for module in self._modules.values():
            input = module(input)
        return input

    def _selected(self, chosen: slice) -> Any:
        return type(self)(dict(list(self._modules.items())[chosen]))

    def __add__(self, other: Any) -> "Sequential":
        _require_sequential(other)
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> "Sequential":
        _require_sequential(other)
        return self.extend(other)

    def __mul__(self, times: int) -> "Sequential":
        _require_times(times)
        return Sequential(*(list(self) * times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> "Sequential":
        _require_times(times)
        return self.extend(list(self) * (times - 1))


def _require_sequential(other: Any) -> None:
    if not isinstance(other, Sequential):
        raise ValueError(
            f"add operator supports only objects of Sequential class, but {type(other)} is given."
        )


def _require_times(times: Any) -> None:
    if not isinstance(times, int):
        raise TypeError(f"unsupported operand type(s) for *: 'Sequential' and {type(times)}")
    if times <= 0:
        raise ValueError(f"Non-positive multiplication factor {times} for Sequential")


class ModuleList(_Numbered):
    """A list whose modules are seen by `parameters()` and the like.

    >>> layers = torch.nn.ModuleList(torch.nn.Linear(2, 2) for _ in range(3))
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __add__(self, other: Iterable[Any]) -> "ModuleList":
        return ModuleList([*self, *other])

    def __iadd__(self, other: Iterable[Any]) -> "ModuleList":
        return self.extend(other)

    def __repr__(self) -> str:
        runs: list[list[Any]] = []  # first and last position of modules that print alike
        for position, module in enumerate(self):
            text = repr(module)
            if runs and runs[-1][2] == text:
                runs[-1][1] = position
            else:
                runs.append([position, position, text])
        if not runs:
            return f"{self._get_name()}()"
        lines = [
            f"({first}): {indented(text)}"
            if first == last
            else f"({first}-{last}): {last - first + 1} x {indented(text)}"
            for first, last, text in runs
        ]
        body = "\n  ".join(lines)
        return f"{self._get_name()}(\n  {body}\n)"


class ModuleDict(Module):
    """A dictionary whose modules are seen by `parameters()` and the like.

    >>> heads = torch.nn.ModuleDict({"a": torch.nn.ReLU()})
    >>> "a" in heads, len(heads)
    (True, 1)
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Any) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def update(self, modules: Any) -> None:
        """Adds the modules of a dictionary, or of pairs of a name and a module."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                "ModuleDict.update should be called with an iterable of key/value pairs, but got "
                f"{type(modules).__name__}"
            )
        pairs = modules.items() if hasattr(modules, "items") else modules  # type: ignore[attr-defined]
        for key, module in pairs:
            self[key] = module

    def pop(self, key: str) -> Any:
        """Takes out the module of that name and returns it."""
        return self._modules.pop(key)

    def clear(self) -> None:
        """Takes out every module."""
        self._modules.clear()

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def items(self) -> Any:
        """Names and modules."""
        return self._modules.items()
