"""Let `import torch` mean rushlight within this process, so that programs run as they are.

After `install()`, `torch` and each `torch.x.y` are the very modules `rushlight` and
`rushlight.x.y`; a module that rushlight lacks is an ImportError that says so.

May import: nothing.
"""

import importlib
import sys
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec

__all__ = ["install", "installed", "uninstall"]


def _own_name(name: str) -> str:
    return "rushlight" + name.removeprefix("torch")


class _SameModule(Loader):
    """A loader that hands out a module that is already loaded, and leaves it as it was."""

    def __init__(self, module):
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        # The import system has just overwritten this; the module still belongs to rushlight.
        module.__spec__ = self.spec


class _TorchFinder:
    """Answers for `torch` and everything below it, before any finder that looks at files."""

    def find_spec(self, name, path=None, target=None):
        if name != "torch" and not name.startswith("torch."):
            return None
        own_name = _own_name(name)
        try:
            module = importlib.import_module(own_name)
        except ModuleNotFoundError as error:
            if error.name != own_name:
                raise
            raise ModuleNotFoundError(
                f"No module named {name!r}: torch is rushlight here, and rushlight has no "
                f"{own_name!r}",
                name=name,
            ) from None
        return ModuleSpec(name, _SameModule(module), is_package=hasattr(module, "__path__"))


_finder = _TorchFinder()


def install() -> None:
    """Make `import torch`, and the import of its submodules, give rushlight's modules.

    Raises ImportError when the real PyTorch has been imported already: a program cannot use
    half of each. Installing twice is installing once.

    >>> from rushlight.utils import alias
    >>> alias.install()  # doctest: +SKIP
    >>> import torch.nn  # doctest: +SKIP
    >>> torch.nn.__name__  # doctest: +SKIP
    'rushlight.nn'

    (Not run as a test: where the tests compare with PyTorch, `torch` is already taken.)
    """
    present = sys.modules.get("torch")
    if present is not None and present.__name__ != "rushlight":
        raise ImportError(
            "torch is already imported in this process; install the alias before `import torch`"
        )
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Undo `install()`: a later `import torch` looks for PyTorch again.

    Modules that were imported meanwhile keep what they hold. Without `install()`, does nothing.
    """
    if _finder not in sys.meta_path:
        return
    sys.meta_path.remove(_finder)
    for name, module in list(sys.modules.items()):
        if name == "torch" or name.startswith("torch."):
            if module is sys.modules.get(_own_name(name)):
                del sys.modules[name]


@contextmanager
def installed():
    """`install()` on entry and `uninstall()` on leaving, also when an error leaves.

    >>> from rushlight.utils import alias
    >>> with alias.installed():  # doctest: +SKIP
    ...     from torch import nn
    >>> nn.__name__  # doctest: +SKIP
    'rushlight.nn'
    """
    install()
    try:
        yield
    finally:
        uninstall()
