"""What the machine is told when we are imported: how NumPy's BLAS computes, how memory is kept.

Both concern the whole process, change no result, and leave alone what the user has set.
May import: nothing.
"""

import ctypes
import os
import sys
from typing import Any

import numpy as np

CORETYPE = "OPENBLAS_CORETYPE"
# glibc's names for what mallopt sets
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3


def blas() -> Any:
    """The library behind NumPy's linear algebra, OpenBLAS in NumPy's own wheels."""
    return ctypes.CDLL(np.linalg._umath_linalg.__file__)  # type: ignore[attr-defined]


def use_widest_kernels() -> None:
    """Lets OpenBLAS compute with AVX-512 where the CPU can and OpenBLAS did not see it.

    It knows CPUs by model, and takes those it does not know for old ones: on AMD's Zen 5 (with
    OpenBLAS 0.3.31) a matrix product then takes twice the time. Who set OPENBLAS_CORETYPE has
    chosen for himself.
    """
    library = blas()
    core = getattr(np, "_core", None)
    features = getattr(getattr(core, "_multiarray_umath", None), "__cpu_features__", {})
    names = ("scipy_openblas_get_corename64_", "gotoblas_dynamic_quit", "gotoblas_dynamic_init")
    if CORETYPE in os.environ or not features.get("AVX512_SKX"):
        return
    if not all([hasattr(library, name) for name in names]):
        return
    name_of_core, leave, choose = [getattr(library, name) for name in names]
    name_of_core.restype = ctypes.c_char_p
    if name_of_core() not in (b"Haswell", b"Zen"):
        return
    os.environ[CORETYPE] = "SkylakeX"  # read by the choice
    leave()
    choose()
    del os.environ[CORETYPE]


def keep_freed_memory() -> None:
    """Lets malloc keep up to half a gigabyte that was freed, instead of giving it back at once.

    A training step frees what the next one needs again. Given back to the system, every page has
    to be fetched and cleared anew, which takes as long as the arithmetic; a small convolution
    net's step takes half the time without. Who set malloc's own variables has chosen for himself.
    """
    if sys.platform != "linux" or any([name.startswith("MALLOC_") for name in os.environ]):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # only glibc has it
        mallopt(TRIM_THRESHOLD, 512 << 20)
        mallopt(MMAP_THRESHOLD, 256 << 20)


use_widest_kernels()
keep_freed_memory()
