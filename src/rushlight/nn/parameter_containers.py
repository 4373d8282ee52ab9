"""Containers of parameters: a list and a dictionary that turn tensors into parameters.

Anything else may stand in them too, and is kept as it is.
May import: tensor, nn.
"""

from collections.abc import Iterable, Iterator
from operator import index as as_index
from typing import Any

from ..tensor import Tensor
from .module import Module
from .parameter import Buffer, Parameter
from .tree import typename


def _taken_in(value: Any) -> Any:
    """A tensor as a parameter; anything else as it is."""
    if isinstance(value, Tensor) and not isinstance(value, (Parameter, Buffer)):
        return Parameter(value, value._array.dtype.kind in "fcV")
    return value


def _line(name: Any, value: Any, dtype: str) -> str:
    if not isinstance(value, Tensor):
        return f"  ({name}): Object of type: {type(value).__name__}"
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    size = "x".join(map(str, value.shape))
    return f"  ({name}): {kind} containing: [{dtype} of size {size}]"


class ParameterList(Module):
    """A list whose tensors are parameters, seen by `parameters()` and the like.

    >>> weights = torch.nn.ParameterList([torch.zeros(2), torch.ones(3)])
    >>> [p.shape for p in weights.parameters()]
    [torch.Size([2]), torch.Size([3])]
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name(self, position: Any) -> str:
        position = as_index(position)
        if not -self._size <= position < self._size:
            raise IndexError(f"index {position} is out of range")
        return str(position % self._size)

    def __getitem__(self, position: Any) -> Any:
        if isinstance(position, slice):
            return type(self)([self[p] for p in range(*position.indices(self._size))])
        return getattr(self, self._name(position))

    def __setitem__(self, position: int, value: Any) -> None:
        setattr(self, self._name(position), _taken_in(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[position] for position in range(self._size)])

    def append(self, value: Any) -> "ParameterList":
        """Adds a value at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> "ParameterList":
        """Adds values at the end; TypeError unless they can be iterated over."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                "ParameterList.extend should be called with an iterable, but got "
                f"{type(values).__name__}"
            )
        for value in list(values):
            self.append(value)
        return self

    def __iadd__(self, values: Iterable[Any]) -> "ParameterList":
        return self.extend(values)

    def extra_repr(self) -> str:
        """A line for each value."""
        return "\n".join(
            _line(n, v, str(v.dtype) if isinstance(v, Tensor) else "") for n, v in enumerate(self)
        )


class ParameterDict(Module):
    """A dictionary whose tensors are parameters, seen by `parameters()` and the like.

    >>> weights = torch.nn.ParameterDict({"left": torch.zeros(2)})
    >>> [name for name, _ in weights.named_parameters()]
    ['left']
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"Index given to ParameterDict cannot be used as a key: {key!r}")
        self._keys[key] = None
        setattr(self, key, _taken_in(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def update(self, parameters: Any) -> None:
        """Adds the values of a dictionary, or of pairs of a name and a value."""
        if not isinstance(parameters, Iterable):
            raise TypeError(
                "ParametersDict.update should be called with an iterable of key/value pairs, but "
                f"got {type(parameters).__name__}"
            )
        pairs = parameters.items() if hasattr(parameters, "items") else parameters  # type: ignore[attr-defined]
        for key, value in pairs:
            self[key] = value

    def get(self, key: str, default: Any = None) -> Any:
        """The value of that name, or the default."""
        return self[key] if key in self._keys else default

    def pop(self, key: str) -> Any:
        """Takes out the value of that name and returns it."""
        value = self[key]
        del self[key]
        return value

    def keys(self) -> Any:
        """The names."""
        return self._keys.keys()

    def values(self) -> list[Any]:
        """The values."""
        return [self[key] for key in self._keys]

    def items(self) -> list[tuple[str, Any]]:
        """Names and values."""
        return [(key, self[key]) for key in self._keys]

    def extra_repr(self) -> str:
        """A line for each value."""
        return "\n".join(_line(key, value, typename(value)) for key, value in self.items())
