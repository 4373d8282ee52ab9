"""The unpickler: makes tensors again from a pickle that names PyTorch's functions.

Unless the file is trusted it knows the names below and no others, calls nothing else, and turns
whatever is wrong with the pickle into one error.
May import: core, tensor.
"""

import _compat_pickle
import pickle
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import device as devices
from ..core import dtype as dtypes
from ..core.layout import Size
from ..core.storage import Storage, TypedStorage
from ..tensor import Tensor, _rebuild, storage_of

REFUSED = (
    "Weights only load failed. This file can still be loaded with `weights_only=False`: do so only "
    "if you trust its source, because it can then run any code. WeightsUnpickler error: "
)


def _parameter_class() -> type:
    """nn's Parameter, which stands beside this room: found among the kinds of tensors."""
    kinds = [kind for kind in Tensor.__subclasses__() if kind.__name__ == "Parameter"]
    return kinds[0] if kinds else Tensor


def _rebuild_tensor(
    storage: TypedStorage, offset: int, size: Any, stride: Any, requires_grad: bool, *rest: Any
) -> Tensor:
    memory, kind = storage._storage, storage.dtype
    itemsize = kind.itemsize
    last = offset + sum((s - 1) * step for s, step in zip(size, stride, strict=True))
    negative = offset < 0 or any(s < 0 for s in (*size, *stride))
    if negative or (0 not in size and (last + 1) * itemsize > memory.bytes.size):
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
            f"itemsize {itemsize} are out of bounds for storage of size {memory.bytes.size}: the "
            "file is damaged"
        )
    steps = tuple([step * itemsize for step in stride])
    start = 0 if 0 in size else offset * itemsize
    array = np.ndarray(tuple(size), kind.numpy, memory.bytes, start, steps)
    return _rebuild(Tensor, array, memory, requires_grad)


def _rebuild_parameter(data: Tensor, requires_grad: bool, *rest: Any) -> Tensor:
    return _rebuild(_parameter_class(), data._array, storage_of(data), requires_grad)


def _rebuild_parameter_with_state(
    data: Tensor, requires_grad: bool, hooks: Any, state: Any
) -> Tensor:
    return _with_attributes(_rebuild_parameter(data, requires_grad), state)


def _rebuild_from_type(rebuild: Callable, kind: type, arguments: tuple, state: Any) -> Tensor:
    if rebuild not in (_rebuild_tensor, _rebuild_parameter):
        raise pickle.UnpicklingError(f"a tensor is not made by {rebuild}")
    made = rebuild(*arguments)
    if type(made) is not kind:
        made = _rebuild(kind, made._array, storage_of(made), made.requires_grad)
    return _with_attributes(made, state)


def _with_attributes(tensor: Tensor, state: Any) -> Tensor:
    """The tensor with what its user had hung on it, but never with slots of the library."""
    for attributes in state if isinstance(state, tuple) else (state,):
        for name, value in (attributes or {}).items():
            if not name.startswith("_") and not hasattr(Tensor, name):
                setattr(tensor, name, value)
    return tensor


def _encode(text: str, encoding: str) -> bytes:
    """Bytes, which protocol 2 writes as text in Latin 1."""
    return text.encode(encoding)


ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "Counter"): Counter,
    ("builtins", "dict"): dict,
    ("builtins", "set"): set,
    ("builtins", "complex"): complex,
    ("builtins", "bytearray"): bytearray,
    ("_codecs", "encode"): _encode,
    ("torch", "Size"): Size,
    ("torch", "Tensor"): Tensor,
    ("torch", "device"): devices.device,
    ("torch.storage", "UntypedStorage"): dtypes.uint8,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _rebuild_parameter_with_state,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuild_from_type,
}
for _kind in dtypes.ALL:
    ALLOWED["torch", _kind.name] = _kind
    ALLOWED["torch", f"{_kind.title}Storage"] = _kind


class _Opcodes(dict):
    """The methods by opcode; UnpicklingError for a byte that is none."""

    def __missing__(self, opcode: int) -> Any:
        raise pickle.UnpicklingError(f"invalid load key, {chr(opcode)!r}: the pickle is damaged")


class Unpickler(pickle._Unpickler):  # type: ignore[name-defined]
    """Reads a pickle; with `trusted`, any class it names, else those allowed.

    `storage_of_key(key, kind, count, location)` brings the storages that it refers to. Python's
    own unpickler lets each step be checked; PyTorch's for weights is written in Python too.
    """

    dispatch = _Opcodes(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]

    def __init__(
        self, file: Any, storage_of_key: Callable[..., Storage], trusted: bool, settings: dict
    ) -> None:
        super().__init__(file, **{"encoding": "utf-8", **settings})
        self.storage_of_key = storage_of_key
        self.trusted = trusted
        self.refused: Exception | None = None  # what `storage_of_key` raised

    def find_class(self, module: str, name: str) -> Any:
        if self.proto < 3:  # type: ignore[attr-defined]  # these protocols write Python 2's names
            module, name = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
            module = _compat_pickle.IMPORT_MAPPING.get(module, module)
        found = ALLOWED.get((module, name))
        if found is not None:
            return found
        if (module, name) == ("torch.nn.parameter", "Parameter"):
            return _parameter_class()
        if not self.trusted:
            path = name if module == "builtins" else f"{module}.{name}"
            raise pickle.UnpicklingError(
                f"{REFUSED}Unsupported global: GLOBAL {path} was not an allowed global by default."
            )
        if module == "torch" or module.startswith("torch."):
            raise pickle.UnpicklingError(
                f"the file holds an object of PyTorch's class {module}.{name} whole; save its "
                "state_dict() there, which every version of either library can load"
            )
        return super().find_class(module, name)

    def checked_build(self) -> None:
        """Sets the state of an object: of one that is plain data, in a file not trusted."""
        kind = type(self.stack[-2])
        if not self.trusted and kind not in (OrderedDict, Counter):
            raise pickle.UnpicklingError(
                f"{REFUSED}Can only build Tensor, Parameter, OrderedDict or Counter, but got "
                f"{kind.__name__}"
            )
        super().load_build()

    dispatch[pickle.BUILD[0]] = checked_build  # type: ignore[assignment]

    def persistent_load(self, pid: Any) -> TypedStorage:
        tag, kind, key, location, count, *view = pid  # view: None, in files before PyTorch 1.6
        if tag != "storage" or not isinstance(kind, dtypes.dtype) or any(view):
            raise pickle.UnpicklingError(f"unknown kind of persistent id: {tag!r}")
        try:
            storage = self.storage_of_key(key, kind, count, location)
        except Exception as error:
            self.refused = error
            raise
        return storage.typed(kind)  # type: ignore[return-value]

    def load(self) -> Any:
        """The object; UnpicklingError for a pickle that is damaged or not allowed."""
        try:
            return super().load()
        except RuntimeError:
            raise
        except pickle.UnpicklingError as error:
            if self.trusted or str(error).startswith("Weights only"):
                raise
            raise pickle.UnpicklingError(f"Weights only load failed. {error}") from error
        except Exception as error:
            # what a hostile or torn pickle makes of a stack machine can be of any type; in a
            # trusted file it comes from the code of the classes in it, and is theirs to tell
            own = self.trusted and not isinstance(error, (EOFError, IndexError))
            if own or error is self.refused:
                raise
            raise pickle.UnpicklingError(
                f"{'' if self.trusted else 'Weights only load failed. '}"
                f"The pickle in the file is damaged: {type(error).__name__}: {error}"
            ) from error
