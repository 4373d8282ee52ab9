"""`torch.cuda` on a machine without it: programs ask whether it is there, and hear that it is not.

May import: core.
"""

from typing import Any

from .core.device import require

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "is_available",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "synchronize",
]


def is_available() -> bool:
    """False: rushlight computes on the CPU.

    >>> torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device(type='cpu')
    """
    return False


def is_initialized() -> bool:
    """False: there is nothing to initialise.

    >>> torch.cuda.is_initialized()
    False
    """
    return False


def device_count() -> int:
    """0: there is no such device.

    >>> torch.cuda.device_count()
    0
    """
    return 0


def current_device() -> int:
    """Raises AssertionError as a CPU build of PyTorch does.

    >>> torch.cuda.current_device()
    Traceback (most recent call last):
    AssertionError: Torch not compiled with CUDA enabled...
    """
    require("cuda")
    return -1


def synchronize(device: Any = None) -> None:
    """Raises AssertionError as a CPU build of PyTorch does.

    >>> torch.cuda.synchronize()
    Traceback (most recent call last):
    AssertionError: Torch not compiled with CUDA enabled...
    """
    require("cuda")


def empty_cache() -> None:
    """Does nothing: there is no cache.

    >>> torch.cuda.empty_cache()
    """


def manual_seed(seed: int) -> None:
    """Does nothing: there is no generator to seed.

    >>> torch.cuda.manual_seed(0)
    """


def manual_seed_all(seed: int) -> None:
    """Does nothing: there are no generators to seed.

    >>> torch.cuda.manual_seed_all(0)
    """
