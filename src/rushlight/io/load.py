"""load: reads files in PyTorch's zip format, and by default nothing that could run code.

May import: core, tensor, io.
"""

import io
import os
import pickle
import zipfile
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.device import device
from ..core.storage import Storage, UntypedStorage
from .unpickler import Unpickler

DAMAGED = (
    "the file was torn while it was written or copied, or changed since: fetch it anew, or go back "
    "to an older checkpoint"
)
NEWEST_VERSION = 10


class _Archive:
    """A zip file with PyTorch's files in one folder, read one by one; storages from `mapped`."""

    def __init__(self, file: Any, mapped: np.ndarray | None = None) -> None:
        self.mapped = mapped
        try:
            self.zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise RuntimeError(
                "PytorchStreamReader failed reading zip archive: failed finding central directory "
                f"({error}). {DAMAGED}"
            ) from error
        names = self.zip.namelist()
        self.folder = names[0].partition("/")[0] + "/" if names else ""
        self.names = frozenset(names)
        if names and "/" not in names[0]:
            raise RuntimeError(
                f"file in archive is not in a subdirectory: {names[0]}. This is a zip file, but "
                "none that torch.save wrote"
            )

    def __contains__(self, name: str) -> bool:
        return self.folder + name in self.names

    def read(self, name: str) -> bytes:
        """One file of the archive; RuntimeError when it is missing or damaged."""
        if name not in self:
            raise RuntimeError(
                f"PytorchStreamReader failed locating file {name}: file not found. {DAMAGED}"
            )
        try:
            return self.zip.read(self.folder + name)
        except Exception as error:  # zipfile and zlib raise whatever a torn file makes of them
            raise RuntimeError(
                f"PytorchStreamReader failed reading file {name}: {error}. {DAMAGED}"
            ) from error

    def bytes_of(self, name: str) -> np.ndarray:
        """One file as an array of bytes that can be written to, mapped into memory or copied."""
        if self.mapped is None or name not in self:
            return np.frombuffer(bytearray(self.read(name)), np.uint8)
        entry = self.zip.getinfo(self.folder + name)
        # the local header: 30 bytes, of which the last four are the lengths of what follows it
        header = self.mapped[entry.header_offset : entry.header_offset + 30]
        name_length, extra_length = header[26:30].view("<u2").tolist()
        start = entry.header_offset + 30 + name_length + extra_length
        return self.mapped[start : start + entry.file_size]

    def swapped(self) -> bool:
        """Whether the machine that wrote the file keeps the bytes of a number the other way."""
        order = self.read("byteorder") if "byteorder" in self else b"little"
        if order not in (b"little", b"big"):
            raise ValueError(f"Unknown endianness type: {order.decode('latin1')}")
        return order == b"big"


def _check(archive: _Archive) -> None:
    """RuntimeError for archives of another kind or of a later version."""
    if "constants.pkl" in archive:
        raise RuntimeError(
            "Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``: "
            "the file holds a compiled program; save the module's state_dict() instead"
        )
    if "data.pkl" in archive and "version" not in archive:
        raise RuntimeError(f'Expected hasRecord("version") to be true, but got false. {DAMAGED}')
    version = archive.read("version") if "version" in archive else b"3"
    if version.strip().isdigit() and int(version) > NEWEST_VERSION:
        raise RuntimeError(
            f"Attempted to read a PyTorch file with version {int(version)}, but the maximum "
            f"supported version for reading is {NEWEST_VERSION}: save it again for an older one"
        )


def _moved(storage: Storage, location: str, map_location: Any) -> Storage:
    """The storage as `map_location` wants it; RuntimeError unless it stays on the CPU."""
    if isinstance(map_location, dict):
        location = map_location.get(location, location)
    elif isinstance(map_location, (str, device)):
        location = str(map_location)
    elif map_location is not None:
        made = map_location(storage.typed(None), location)
        if isinstance(made, UntypedStorage):
            return made._storage
    kind = location.partition(":")[0]
    if kind == "cpu":
        return storage
    if kind in ("cuda", "mps", "xpu", "hpu"):
        raise RuntimeError(
            f"Attempting to deserialize object on a {kind.upper()} device but "
            f"torch.{kind}.is_available() is False. If you are running on a CPU-only machine, "
            "please use torch.load with map_location=torch.device('cpu') to map your storages to "
            "the CPU."
        )
    raise RuntimeError(
        f"don't know how to restore data location of torch.storage.UntypedStorage (tagged with "
        f"{location}); use map_location='cpu'"
    )


def _swap(data: np.ndarray, kind: dtypes.dtype) -> None:
    """Turns round the bytes of each number in place."""
    size = kind.itemsize // 2 if kind.is_complex else kind.itemsize
    if size > 1:
        data.view(f"u{size}").byteswap(inplace=True)


def _read_zip(
    file: Any, mapped: np.ndarray | None, map_location: Any, trusted: bool, settings: dict
) -> Any:
    archive = _Archive(file, mapped)
    _check(archive)
    pickled = archive.read("data.pkl")
    if not pickled:
        raise EOFError(f"Ran out of input: data.pkl in the file is empty. {DAMAGED}")
    swapped = archive.swapped()
    storages: dict[str, Storage] = {}

    def storage_of_key(key: str, kind: dtypes.dtype, count: int, location: str) -> Storage:
        if key in storages:
            return storages[key]
        data = archive.bytes_of(f"data/{key}")
        if len(data) != count * kind.itemsize:
            raise RuntimeError(
                f"record size ({len(data)} bytes) does not match expected size "
                f"({count * kind.itemsize} bytes = {count} elements * {kind.itemsize} "
                f"bytes/element) for dtype {kind.title} in storage {key}. {DAMAGED}"
            )
        if swapped:
            _swap(data, kind)
        made = _moved(Storage.over(data), location, map_location)
        storages[key] = made
        return made

    return Unpickler(io.BytesIO(pickled), storage_of_key, trusted, settings).load()


def _refuse(start: bytes, trusted: bool) -> None:
    """The error for a file that does not begin as a zip file does."""
    if not start:
        raise EOFError("Ran out of input: the file is empty, or was read to its end before")
    if start[257:262] == b"ustar":
        raise RuntimeError(
            "Cannot use ``weights_only=True`` with files saved in the legacy .tar format, which "
            "PyTorch wrote before 0.1.10: load it there and save it again"
        )
    what = f"The file begins with {start[:16]!r}; files that torch.save wrote begin with b'PK'"
    if trusted:
        raise pickle.UnpicklingError(f"invalid load key, {chr(start[0])!r}: {what}")
    raise pickle.UnpicklingError(f"Weights only load failed. {what}")


def _read(
    file: Any, mapped: np.ndarray | None, map_location: Any, trusted: bool, settings: dict
) -> Any:
    try:
        begin = file.seek(0, os.SEEK_CUR)
        start = file.read(512)
        file.seek(begin)
    except (AttributeError, OSError) as error:
        raise type(error)(
            f"{error}. You can only torch.load from a file that is seekable. Please pre-load the "
            "data into a buffer like io.BytesIO and try to load from it instead."
        ) from error
    if isinstance(start, str):
        raise TypeError("Expected bytes, got str: open the file in binary mode, open(path, 'rb')")
    if start[:4] != b"PK\x03\x04":
        _refuse(start, trusted)
    return _read_zip(file, mapped, map_location, trusted, settings)


def _map(path: Any) -> np.ndarray | None:
    """The file in memory; what is written there stays there."""
    if not os.path.getsize(path):
        return None  # nothing to map; reading it says so
    return np.asarray(np.memmap(path, np.uint8, mode="c"))


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool = True,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Reads what `save`, or PyTorch's own, wrote to a path or a binary file.

    With `weights_only`, tensors and plain containers alone; pickle.UnpicklingError for anything
    else. `map_location` (a device, a dict of devices, a function of storage and device) must lead
    to the CPU; with `mmap`, numbers are read from the disk when they are first used.
    FileNotFoundError for a missing file, EOFError for an empty one, RuntimeError for a torn or
    damaged one, UnpicklingError for one that torch.save did not write.

    >>> import io
    >>> file = io.BytesIO()
    >>> torch.save([torch.arange(3), "text"], file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    [tensor([0, 1, 2]), 'text']
    """
    if pickle_module not in (None, pickle):
        raise ValueError(f"load: pickle_module must be Python's pickle, but got {pickle_module}")
    if not (map_location is None or isinstance(map_location, (str, dict, device))):
        if not callable(map_location):
            raise TypeError(
                f"'{type(map_location).__name__}' object is not callable: map_location must be a "
                "device, a dict of devices, or a function of a storage and its device"
            )
    if not isinstance(f, (str, os.PathLike)):
        if mmap:
            raise ValueError("f must be a file path in order to use the mmap argument")
        return _read(f, None, map_location, not weights_only, pickle_load_args)
    with open(f, "rb") as file:
        mapped = _map(f) if mmap else None
        return _read(file, mapped, map_location, not weights_only, pickle_load_args)
