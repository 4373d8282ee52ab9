"""save: writes objects with tensors in them in PyTorch's zip format.

The pickle names PyTorch's functions, so that PyTorch opens the file; the file is written aside
and renamed, so that a killed process leaves the old or the new one, whole.
May import: core, tensor.
"""

import io
import os
import pickle
import sys
import tempfile
import zipfile
from collections import OrderedDict
from typing import Any

from ..core.device import device
from ..core.dtype import dtype
from ..core.layout import Size
from ..core.storage import Storage, TypedStorage
from ..tensor import Tensor, storage_of


class TorchName:
    """A name in PyTorch, written into a pickle without being imported."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __call__(self) -> None:
        raise TypeError(f"{self.module}.{self.name} can only be written")


class StorageEntry:
    """A storage that the pickle refers to by number."""

    def __init__(self, storage: Storage, kind: dtype) -> None:
        self.storage = storage
        self.kind = kind


class _Pickler(pickle._Pickler):  # type: ignore[name-defined]
    """Writes tensors as PyTorch does; Python's own pickler lets foreign names be written."""

    dispatch = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]

    def __init__(self, file: Any) -> None:
        super().__init__(file, protocol=2)
        self.storages: dict[int, tuple[str, Storage]] = {}

    def save_torch_name(self, name: TorchName) -> None:
        self.write(pickle.GLOBAL + f"{name.module}\n{name.name}\n".encode())
        self.memoize(name)

    dispatch[TorchName] = save_torch_name  # type: ignore[assignment]

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if isinstance(obj, dtype):
            self.write(pickle.GLOBAL + f"torch\n{obj.name}\n".encode())
            self.memoize(obj)
            return
        super().save_global(obj, name)

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, TypedStorage):
            obj = StorageEntry(obj._storage, obj.dtype)
        if not isinstance(obj, StorageEntry):
            return None
        storage = obj.storage
        found = self.storages.get(id(storage))
        if found is None:
            found = self.storages[id(storage)] = (str(len(self.storages)), storage)
        kind = TorchName("torch", f"{obj.kind.title}Storage")
        return ("storage", kind, found[0], "cpu", storage.bytes.size // obj.kind.itemsize)

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return _reduced(obj)
        if isinstance(obj, dtype):
            return obj.name
        if isinstance(obj, Size):
            return TorchName("torch", "Size"), (tuple(obj),)
        if isinstance(obj, device):
            parts = (obj.type,) if obj.index is None else (obj.type, obj.index)
            return TorchName("torch", "device"), parts
        return NotImplemented


def _reduced(tensor: Tensor) -> tuple:
    """The call of PyTorch's that makes the tensor again."""
    if type(tensor).__name__ == "Parameter":
        data = tensor.detach()
        arguments = (data, tensor.requires_grad, OrderedDict())
        return TorchName("torch._utils", "_rebuild_parameter"), arguments
    entry = StorageEntry(storage_of(tensor), tensor.dtype)
    arguments = (
        entry,
        tensor.storage_offset(),
        tuple(tensor.shape),
        tensor.stride(),
        tensor.requires_grad,
        OrderedDict(),
    )
    return TorchName("torch._utils", "_rebuild_tensor_v2"), arguments


def _write(obj: Any, file: Any, folder: str) -> None:
    pickled = io.BytesIO()
    pickler = _Pickler(pickled)
    pickler.dump(obj)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{folder}/data.pkl", pickled.getvalue())
        archive.writestr(f"{folder}/byteorder", sys.byteorder)
        for key, storage in pickler.storages.values():
            archive.writestr(f"{folder}/data/{key}", storage.bytes.tobytes())
        archive.writestr(f"{folder}/version", "3\n")


def save(obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int = 2) -> None:
    """Writes an object (a tensor, a state dict, a nested container) to a file PyTorch opens too.

    `f` is a path or a binary file. A path is replaced at once, when all is written; OSError, and
    the old file as it was, where that fails.

    >>> import io
    >>> file = io.BytesIO()
    >>> torch.save({"w": torch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'w': tensor([1., 1.])}
    """
    if hasattr(f, "write"):
        _write(obj, f, "archive")
        return
    path = os.path.realpath(os.fspath(f))
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    handle, aside = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(obj, file, os.path.splitext(name)[0] or "archive")
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes the file private; a checkpoint has the rights any new file has
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(aside, 0o666 & ~mask)
        os.replace(aside, path)
    except BaseException:
        os.unlink(aside)
        raise
