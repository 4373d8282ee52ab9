"""From LLVM text to code that can be called: optimise, emit, keep on disk, load.

Object code is kept in the user's cache directory (RUSHLIGHT_CACHE moves it; empty: none), each
entry with its checksum, named by the hash of the text, the processor and the versions. An entry
that is not ours, not whole or not readable is ignored and made again; writing is aside, then
rename. The directory is kept below a size by forgetting the least recently used.
May import: version, core.
"""

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..core import optional
from ..version import __version__

CACHE_VARIABLE = "RUSHLIGHT_CACHE"
LARGEST = 256 << 20  # bytes of object code kept
MARK = b"rushlight object 1\n"
OPTIMIZED = 3


class Machine:
    """LLVM for this processor, made when the first program is compiled."""

    def __init__(self) -> None:
        llvm = optional.require("llvmlite.binding", extra="compile")
        self.llvm = llvm
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.cpu = llvm.get_host_cpu_name()
        self.features = llvm.get_host_cpu_features().flatten()
        self.target = llvm.Target.from_default_triple()

    def target_machine(self) -> Any:
        """A fresh target machine: each engine owns the one it is given."""
        return self.target.create_target_machine(
            cpu=self.cpu, features=self.features, opt=OPTIMIZED, jit=True
        )

    def object_code(self, text: str) -> bytes:
        """The machine code of a module, from the cache where it has been made before."""
        key = self.key(text)
        found = read_entry(key)
        if found is None:
            found = self._emitted(text)
            write_entry(key, found)
        return found

    def key(self, text: str) -> str:
        """The name of a module's entry: what its code depends on."""
        llvm = self.llvm
        parts = (text, self.cpu, self.features, __version__, llvm.llvm_version_info, sys.platform)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _emitted(self, text: str) -> bytes:
        llvm = self.llvm
        module = llvm.parse_assembly(text)
        module.verify()
        machine = self.target_machine()
        options = llvm.create_pipeline_tuning_options(speed_level=OPTIMIZED)
        options.loop_vectorization = True
        options.slp_vectorization = True
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        return machine.emit_object(module)

    def load(self, code: bytes) -> Any:
        """An engine with the code in memory, ready to be asked for addresses."""
        llvm = self.llvm
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), self.target_machine())
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return engine


# ---- the cache on disk


def cache_directory() -> Path | None:
    """Where object code is kept; None when it is switched off or nobody else can be kept out."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen == "":
        return None
    if chosen is None:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        chosen = str(Path(base) / "rushlight")
    folder = Path(chosen)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError:
        return None
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        return None
    return folder


def read_entry(key: str) -> bytes | None:
    """The object code kept under a key; None unless it is whole and ours."""
    folder = cache_directory()
    if folder is None:
        return None
    path = folder / f"{key}.o"
    try:
        if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
            return None
        data = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    head = len(MARK) + 32
    if not data.startswith(MARK) or hashlib.sha256(data[head:]).digest() != data[len(MARK) : head]:
        return None
    return data[head:]


def write_entry(key: str, code: bytes) -> None:
    """Keeps object code under a key; whoever writes at the same time writes the same."""
    folder = cache_directory()
    if folder is None:
        return
    try:
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(MARK + hashlib.sha256(code).digest() + code)
        Path(name).replace(folder / f"{key}.o")
        _forget_oldest(folder)
    except OSError:
        pass  # a full or read-only disk: the program runs all the same


def _forget_oldest(folder: Path) -> None:
    entries = [(path.stat(), path) for path in folder.glob("*.o")]
    total = sum(status.st_size for status, _ in entries)
    for status, path in sorted(entries, key=lambda e: e[0].st_mtime):
        if total <= LARGEST:
            break
        path.unlink(missing_ok=True)
        total -= status.st_size
