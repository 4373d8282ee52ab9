"""The one door through which packages come in when they are first needed, optional or slow.

Every other module imports at its top; what may be missing is asked for here, and the error
names the pip extra that brings it.

May import: core.
"""

import importlib
import sys
from functools import cache
from importlib.util import find_spec
from types import ModuleType

from .threads import tell_libraries

__all__ = ["available", "faster", "later", "require"]


def require(name: str, extra: str) -> ModuleType:
    """Import and return the optional module `name`, which the pip extra `extra` installs.

    Raises ModuleNotFoundError, naming the extra, when the package is not installed. An error
    inside an installed package passes through unchanged.

    >>> from rushlight.core import optional
    >>> optional.require("json", extra="files").loads("[1, 2]")
    [1, 2]
    """
    found = sys.modules.get(name)
    if found is not None:
        return found
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise ModuleNotFoundError(
            f"No module named {package!r}. This feature needs it; install it with: "
            f"pip install 'rushlight[{extra}]'",
            name=package,
        ) from None
    tell_libraries()  # it may have brought a BLAS with threads of its own
    return module


def later(name: str) -> ModuleType:
    """Import and return a module of the standard library that is slow to import and rarely needed.

    >>> from rushlight.core import optional
    >>> optional.later("zipfile").__name__
    'zipfile'
    """
    return importlib.import_module(name)


@cache
def faster(name: str) -> ModuleType | None:
    """The module, where its package is installed, of which we do the same more slowly; else None.

    >>> from rushlight.core import optional
    >>> optional.faster("no_such_package.fft") is None
    True
    """
    if not available(name.partition(".")[0]):
        return None
    return require(name, extra="compile")


def available(name: str) -> bool:
    """Say whether the optional module `name` could be imported, without importing it.

    >>> from rushlight.core import optional
    >>> optional.available("json"), optional.available("no_such_package")
    (True, False)
    """
    return find_spec(name) is not None
