"""Files of PyTorch before 1.6: pickles one after the other, and then the bytes of the storages.

First a number by which to know the file, a version, a description of the machine; then the object,
the list of its storages, and each storage's length and bytes in the order of that list.
May import: core, io.
"""

import os
from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.storage import Storage
from .storages import DAMAGED, placed, swap
from .unpickler import Unpickler

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001


def read(file: Any, map_location: Any, trusted: bool, settings: dict) -> Any:
    """The object in the file; RuntimeError for another pickle, or for one torn or damaged."""
    begin = file.tell()
    length = file.seek(0, os.SEEK_END) - begin
    file.seek(begin)
    storages: dict[str, tuple[Storage, dtypes.dtype]] = {}

    def storage_of_key(key: str, kind: dtypes.dtype, count: int, location: str) -> Storage:
        if key not in storages:
            size = count * kind.itemsize
            if not 0 <= size <= length:
                raise RuntimeError(
                    f"storage {key} of {size} bytes in a file of {length}: {DAMAGED}"
                )
            empty = Storage.over(np.zeros(size, np.uint8))
            storages[key] = placed(empty, location, map_location), kind
        return storages[key][0]

    def next_pickle() -> Any:
        return Unpickler(file, storage_of_key, trusted, settings).load()

    if next_pickle() != MAGIC:
        raise RuntimeError(
            "Invalid magic number; corrupt file? It is a pickle, but none that torch.save wrote"
        )
    version = next_pickle()
    if version != VERSION:
        raise RuntimeError(f"Invalid protocol version: {version}; {VERSION} was expected")
    machine = next_pickle()
    made = next_pickle()
    for key in next_pickle():
        if key not in storages:
            raise RuntimeError(f"storage {key} belongs to no tensor of the file: {DAMAGED}")
        storage, kind = storages[key]
        _fill(storage.bytes, kind, file)
        if not machine.get("little_endian", True):
            swap(storage.bytes, kind)
    return made


def _fill(memory: np.ndarray, kind: dtypes.dtype, file: Any) -> None:
    """Reads one storage: its number of elements, then its bytes."""
    length = file.read(8)
    if len(length) != 8:
        raise RuntimeError(f"unexpected EOF, expected {8 - len(length)} more bytes of a length")
    count = int.from_bytes(length, "little")
    if count * kind.itemsize != memory.size:
        raise RuntimeError(
            f"storage has wrong byte size: expected {memory.size} got {count * kind.itemsize}: "
            f"{DAMAGED}"
        )
    data = file.read(memory.size)
    if len(data) != memory.size:
        raise RuntimeError(
            f"unexpected EOF, expected {memory.size - len(data)} more bytes. The file might be "
            f"corrupted: {DAMAGED}"
        )
    memory[:] = np.frombuffer(data, np.uint8)
