"""save: writes objects with tensors in them in PyTorch's zip format.

The pickle names PyTorch's functions, so that PyTorch opens the file. A path is replaced at once,
when all is written; the same objects give the same bytes.
May import: core, tensor, io.
"""

import io
import os
import pickle
import sys
from collections import OrderedDict
from typing import Any

from ..core import optional
from ..core.device import device
from ..core.dtype import dtype
from ..core.layout import Size
from ..core.storage import Storage, TypedStorage, UntypedStorage
from ..tensor import Tensor, storage_of
from .whole import replacing

ALIGNMENT = 64  # where storages begin in the file, so that they can be used from a memory map


class TorchName:
    """A name in PyTorch, written into a pickle without being imported."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __call__(self) -> None:
        raise TypeError(f"{self.module}.{self.name} can only be written")


# Each name is one object, which the pickler writes once and then refers to.
SIZE = TorchName("torch", "Size")
DEVICE = TorchName("torch", "device")
TENSOR = TorchName("torch", "Tensor")
UNTYPED = TorchName("torch.storage", "UntypedStorage")
REBUILD_TENSOR = TorchName("torch._utils", "_rebuild_tensor_v2")
REBUILD_PARAMETER = TorchName("torch._utils", "_rebuild_parameter")
REBUILD_PARAMETER_WITH_STATE = TorchName("torch._utils", "_rebuild_parameter_with_state")
REBUILD_FROM_TYPE = TorchName("torch._tensor", "_rebuild_from_type_v2")


class StorageEntry:
    """A storage that the pickle refers to by number."""

    def __init__(self, storage: Storage, kind: dtype | None) -> None:
        self.storage = storage
        self.kind = kind


class _Pickler(pickle._Pickler):  # type: ignore[name-defined]
    """Writes tensors as PyTorch does; Python's own pickler lets foreign names be written."""

    dispatch = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol=protocol)
        self.storages: dict[int, tuple[str, Storage, dtype | None]] = {}
        self.kinds: dict[dtype | None, TorchName] = {None: UNTYPED}

    def save_torch_name(self, name: TorchName) -> None:
        self.write(pickle.GLOBAL + f"{name.module}\n{name.name}\n".encode())
        self.memoize(name)

    dispatch[TorchName] = save_torch_name  # type: ignore[assignment]

    def save_dtype(self, kind: dtype) -> None:
        self.write(pickle.GLOBAL + f"torch\n{kind.name}\n".encode())
        self.memoize(kind)

    dispatch[dtype] = save_dtype  # type: ignore[assignment]

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, UntypedStorage):
            kind = obj.dtype if isinstance(obj, TypedStorage) else None
            obj = StorageEntry(obj._storage, kind)
        if not isinstance(obj, StorageEntry):
            return None
        storage, kind = obj.storage, obj.kind
        found = self.storages.get(id(storage))
        if found is None:
            found = self.storages[id(storage)] = (str(len(self.storages)), storage, kind)
        if found[2] is not kind:
            raise RuntimeError(
                "Cannot save multiple tensors or storages that view the same data as different "
                f"types: here {found[2]} and {kind}; save .clone() of one of them"
            )
        if kind not in self.kinds:
            self.kinds[kind] = TorchName("torch", f"{kind.title}Storage")  # type: ignore[union-attr]
        count = storage.bytes.size // (1 if kind is None else kind.itemsize)
        return ("storage", self.kinds[kind], found[0], "cpu", count)

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return _reduced(obj)
        if isinstance(obj, Size):
            return SIZE, (tuple(obj),)
        if isinstance(obj, device):
            return DEVICE, (obj.type,) if obj.index is None else (obj.type, obj.index)
        return NotImplemented


def _reduced(tensor: Tensor) -> tuple:
    """The call of PyTorch's that makes the tensor again."""
    arguments = (
        StorageEntry(storage_of(tensor), tensor.dtype),
        tensor.storage_offset(),
        tuple(tensor.shape),
        tensor.stride(),
        tensor.requires_grad,
        OrderedDict(),
    )
    kind = type(tensor)
    # what users hung on it; the library's own slots begin with an underscore
    state = {name: value for name, value in vars(tensor).items() if not name.startswith("_")}
    if any(c.__name__ == "Parameter" for c in kind.__mro__):  # nn, where it is, stands beside io
        arguments = (tensor.detach(), tensor.requires_grad, OrderedDict())
        if not state:
            return REBUILD_PARAMETER, arguments
        return REBUILD_PARAMETER_WITH_STATE, (*arguments, state)
    if kind is Tensor and not state:
        return REBUILD_TENSOR, arguments
    named = TENSOR if kind.__module__.startswith("rushlight.") else kind
    return REBUILD_FROM_TYPE, (REBUILD_TENSOR, named, arguments, state)


def _pickled(obj: Any, protocol: int) -> tuple[bytes, list[tuple[str, Storage]]]:
    """The pickle, and the storages it refers to, each with its number."""
    file = io.BytesIO()
    pickler = _Pickler(file, protocol)
    pickler.dump(obj)
    return file.getvalue(), [(key, storage) for key, storage, _ in pickler.storages.values()]


def _add(archive: Any, name: str, data: Any) -> None:
    """Writes one file of the archive so that its bytes begin at a multiple of ALIGNMENT."""
    zipfile = optional.later("zipfile")
    entry = zipfile.ZipInfo(name)
    size = memoryview(data).nbytes
    offset = archive.fp.tell() + 30 + len(name.encode()) + 4
    if size * 1.05 > zipfile.ZIP64_LIMIT:  # zipfile's own condition
        offset += 20  # for the long sizes that it puts before our padding
    padding = -offset % ALIGNMENT
    entry.extra = b"FB" + padding.to_bytes(2, "little") + b"Z" * padding
    archive.writestr(entry, data)


def _write(pickled: bytes, storages: list, file: Any, folder: str) -> None:
    zipfile = optional.later("zipfile")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, f"{folder}/data.pkl", pickled)
        _add(archive, f"{folder}/.format_version", b"1")
        _add(archive, f"{folder}/.storage_alignment", str(ALIGNMENT).encode())
        _add(archive, f"{folder}/byteorder", sys.byteorder.encode())
        for key, storage in storages:
            _add(archive, f"{folder}/data/{key}", memoryview(storage.bytes))
        _add(archive, f"{folder}/version", b"3\n")


def save(obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int = 2) -> None:
    """Writes an object (a tensor, a state dict, a nested container) to a file PyTorch opens too.

    `f` is a path or a binary file; `pickle_module` may be Python's pickle alone. A path is
    replaced at once, when all is written; OSError, and the old file as it was, where that fails.

    >>> import io
    >>> file = io.BytesIO()
    >>> torch.save({"w": torch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'w': tensor([1., 1.])}
    """
    if pickle_module not in (None, pickle):
        raise ValueError(f"save: pickle_module must be Python's pickle, but got {pickle_module}")
    if not hasattr(f, "write") and not isinstance(f, (str, os.PathLike)):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute, "
            f"but got {type(f).__name__}"
        )
    pickled, storages = _pickled(obj, pickle_protocol)
    if hasattr(f, "write"):
        _write(pickled, storages, f, "archive")
        return
    path = os.fspath(f)
    folder = os.path.splitext(os.path.basename(path))[0] or "archive"
    with replacing(path) as file:
        _write(pickled, storages, file, folder)
