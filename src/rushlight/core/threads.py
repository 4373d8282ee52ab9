"""How many threads the matrix products may use: the number that NumPy's BLAS is told.

SciPy brings a BLAS of its own, with threads of its own, which is told as well once it has come in.
May import: core.
"""

import ctypes
import os
import sys
from typing import Any

from . import state
from .machine import blas

SYMBOLS = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads",
           "openblas_{}_num_threads64_", "openblas_{}_num_threads")  # fmt: skip


def _libraries() -> list[Any]:
    """The BLAS of NumPy, and that of SciPy if it is loaded."""
    scipys = sys.modules.get("scipy.linalg._fblas")
    found = [] if scipys is None else [ctypes.CDLL(scipys.__file__)]
    return [blas(), *found]


def _named(library: Any, verb: str) -> Any:
    """The function of an OpenBLAS that gets or sets the number; None in another BLAS."""
    for name in SYMBOLS:
        found = getattr(library, name.format(verb), None)
        if found is not None:
            return found
    return None


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
    tell_libraries()


def tell_libraries() -> None:
    """Passes the number on to every BLAS that is loaded, if somebody has set one."""
    number = state.shared.num_threads
    for library in [] if number is None else _libraries():
        setter = _named(library, "set")
        if setter is not None:
            setter(number)


def get_num_threads() -> int:
    """The number of threads that matrix products may use.

    >>> torch.get_num_threads() >= 1
    True
    """
    if state.shared.num_threads is None:
        getter = _named(blas(), "get")
        state.shared.num_threads = (os.cpu_count() or 1) if getter is None else int(getter())
    return state.shared.num_threads
