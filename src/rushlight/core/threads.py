"""What NumPy's BLAS is told: how many threads a matrix product may use, and which kernels.

May import: core.
"""

import ctypes
import os
from typing import Any

import numpy as np

from . import state

CORETYPE = "OPENBLAS_CORETYPE"
SYMBOLS = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads",
           "openblas_{}_num_threads64_", "openblas_{}_num_threads")  # fmt: skip


def _blas(verb: str) -> Any:
    """The function of NumPy's OpenBLAS that gets or sets the number; None with another BLAS."""
    library = ctypes.CDLL(np.linalg._umath_linalg.__file__)  # type: ignore[attr-defined]
    for name in SYMBOLS:
        found = getattr(library, name.format(verb), None)
        if found is not None:
            return found
    return None


def use_widest_kernels() -> None:
    """Lets OpenBLAS compute with AVX-512 where the CPU can and OpenBLAS did not see it.

    It knows CPUs by model, and takes those it does not know for old ones: on AMD's Zen 5 (with
    OpenBLAS 0.3.31) a matrix product then takes twice the time. Who set OPENBLAS_CORETYPE has
    chosen for himself.
    """
    library = ctypes.CDLL(np.linalg._umath_linalg.__file__)  # type: ignore[attr-defined]
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


def set_num_threads(number: int) -> None:
    """Sets the number of threads that matrix products may use.

    TypeError for what is no int, RuntimeError for less than 1.

    >>> before = torch.get_num_threads()
    >>> torch.set_num_threads(1)
    >>> torch.get_num_threads()
    1
    >>> torch.set_num_threads(before)
    """
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"set_num_threads expects an int, but got {type(number).__name__}")
    if number < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, but got {number}")
    state.shared.num_threads = number
    setter = _blas("set")
    if setter is not None:
        setter(number)


def get_num_threads() -> int:
    """The number of threads that matrix products may use.

    >>> torch.get_num_threads() >= 1
    True
    """
    if state.shared.num_threads is None:
        getter = _blas("get")
        state.shared.num_threads = (os.cpu_count() or 1) if getter is None else int(getter())
    return state.shared.num_threads


use_widest_kernels()
