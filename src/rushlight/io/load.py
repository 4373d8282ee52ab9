"""load: reads files in PyTorch's zip format, and by default nothing that could run code.

May import: core, tensor, io.
"""

import io
import os
import pickle
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core import optional
from ..core.storage import Storage
from . import legacy
from .storages import DAMAGED, check_map_location, placed, swap
from .unpickler import Unpickler

NEWEST_VERSION = 10


class _Archive:
    """A zip file with PyTorch's files in one folder, read one by one; storages from `mapped`."""

    def __init__(self, file: Any, mapped: np.ndarray | None = None) -> None:
        zipfile = optional.later("zipfile")
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
            swap(data, kind)
        made = placed(Storage.over(data), location, map_location)
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
    if start[:4] == b"PK\x03\x04":
        return _read_zip(file, mapped, map_location, trusted, settings)
    if start[:1] == pickle.PROTO:
        return legacy.read(file, map_location, trusted, settings)
    return _refuse(start, trusted)


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
    check_map_location(map_location)
    if not isinstance(f, (str, os.PathLike)):
        if mmap:
            raise ValueError("f must be a file path in order to use the mmap argument")
        return _read(f, None, map_location, not weights_only, pickle_load_args)
    with open(f, "rb") as file:
        mapped = _map(f) if mmap else None
        return _read(file, mapped, map_location, not weights_only, pickle_load_args)
