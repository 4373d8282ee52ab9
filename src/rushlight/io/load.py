"""load: reads files in PyTorch's zip format, and by default nothing that could run code.

May import: core, tensor.
"""

import importlib
import os
import pickle
import zipfile
from collections import Counter, OrderedDict, defaultdict
from typing import Any

import numpy as np

from ..core import device as devices
from ..core import dtype as dtypes
from ..core.layout import Size
from ..core.storage import Storage
from ..tensor import Tensor, _rebuild, storage_of


def _rebuild_tensor(
    storage: Any, offset: int, size: Any, stride: Any, requires_grad: bool, *rest: Any
) -> Tensor:
    memory, kind = storage
    itemsize = kind.itemsize
    last = offset + sum((s - 1) * step for s, step in zip(size, stride, strict=True))
    negative = offset < 0 or any(s < 0 for s in (*size, *stride))
    if negative or (0 not in size and (last + 1) * itemsize > memory.bytes.size):
        raise RuntimeError(
            f"the file is damaged: a tensor of shape {list(size)} and strides {list(stride)} does "
            f"not fit in its storage of {memory.bytes.size} bytes"
        )
    steps = tuple([step * itemsize for step in stride])
    start = 0 if 0 in size else offset * itemsize
    array = np.ndarray(tuple(size), kind.numpy, memory.bytes, start, steps)
    return _rebuild(Tensor, array, memory, requires_grad)


def _rebuild_parameter(data: Tensor, requires_grad: bool, *rest: Any) -> Tensor:
    classes = [c for c in Tensor.__subclasses__() if c.__name__ == "Parameter"]
    kind = classes[0] if classes else Tensor
    return _rebuild(kind, data._array, storage_of(data), requires_grad)


ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "Counter"): Counter,
    ("collections", "defaultdict"): defaultdict,
    ("builtins", "dict"): dict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("builtins", "bytearray"): bytearray,
    ("torch", "Size"): Size,
    ("torch", "device"): devices.device,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
}
for _kind in dtypes.ALL:
    ALLOWED["torch", _kind.name] = _kind
    ALLOWED["torch", f"{_kind.title}Storage"] = _kind


class _Unpickler(pickle.Unpickler):
    """Reads the pickle of an archive; with `trusted`, any class it names, else those allowed."""

    def __init__(self, file: Any, archive: Any, folder: str, trusted: bool, moved: bool) -> None:
        super().__init__(file, encoding="utf-8")
        self.archive = archive
        self.folder = folder
        self.trusted = trusted
        self.moved = moved
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        found = ALLOWED.get((module, name))
        if found is not None:
            return found
        if not self.trusted:
            raise pickle.UnpicklingError(
                "Weights only load failed. WeightsUnpickler error: Unsupported global: GLOBAL "
                f"{module}.{name} was not an allowed global by default. The file can still be "
                "loaded with `weights_only=False`: do so only if you trust its source, because it "
                "can then run any code."
            )
        if module == "torch" or module.startswith("torch."):
            target = importlib.import_module("rushlight" + module.removeprefix("torch"))
            return getattr(target, name)
        return super().find_class(module, name)

    def persistent_load(self, pid: Any) -> tuple[Storage, Any]:
        tag, kind, key, location, count = pid
        if tag != "storage":
            raise pickle.UnpicklingError(f"unknown kind of persistent id: {tag!r}")
        if location != "cpu" and not self.moved:
            raise RuntimeError(
                f"Attempting to deserialize object on a {location} device but "
                "torch.cuda.is_available() is False. Please use torch.load with "
                "map_location=torch.device('cpu') to map your storages to the CPU."
            )
        storage = self.storages.get(key)
        if storage is None:
            data = bytearray(self.archive.read(f"{self.folder}data/{key}"))
            if len(data) < count * kind.itemsize:
                raise RuntimeError(
                    f"the file is damaged: storage {key} has {len(data)} bytes of "
                    f"{count * kind.itemsize}"
                )
            storage = self.storages[key] = Storage(np.frombuffer(data, np.uint8))
        return storage, kind


def _read(file: Any, trusted: bool, moved: bool) -> Any:
    if not file.read(1):
        raise EOFError("Ran out of input: the file is empty")
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
        names = archive.namelist()
        pickled = next(n for n in names if n == "data.pkl" or n.endswith("/data.pkl"))
    except (zipfile.BadZipFile, StopIteration) as error:
        raise RuntimeError(
            "PytorchStreamReader failed reading zip archive: failed finding central directory or "
            "data.pkl in it. The file is torn, or was not written by torch.save (or by a PyTorch "
            "before 1.6: save it again with a newer one)"
        ) from error
    folder = pickled.removesuffix("data.pkl")
    if f"{folder}byteorder" in names and archive.read(f"{folder}byteorder") != b"little":
        raise RuntimeError("the file was written on a big-endian machine, which is not supported")
    try:
        with archive.open(pickled) as stream:
            return _Unpickler(stream, archive, folder, trusted, moved).load()
    except (zipfile.BadZipFile, KeyError) as error:
        raise RuntimeError(
            f"PytorchStreamReader failed reading file: {error}; the file is damaged"
        ) from error


def load(
    f: Any, map_location: Any = None, pickle_module: Any = None, *, weights_only: bool = True
) -> Any:
    """Reads what `save`, or PyTorch's own, wrote to a path or a binary file.

    With `weights_only`, tensors and plain containers alone; UnpicklingError for anything else.
    FileNotFoundError for a missing file, RuntimeError for a torn or foreign one.

    >>> import io
    >>> file = io.BytesIO()
    >>> torch.save([torch.arange(3), "text"], file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    [tensor([0, 1, 2]), 'text']
    """
    if isinstance(map_location, (str, devices.device)):
        devices.require(map_location)
    moved = map_location is not None
    if hasattr(f, "read"):
        return _read(f, not weights_only, moved)
    with open(os.fspath(f), "rb") as file:
        return _read(file, not weights_only, moved)
