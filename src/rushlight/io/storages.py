"""Storages of a file: where they go, whether all of their bytes are there, in which order.

May import: core.
"""

from typing import Any

import numpy as np

from ..core import dtype as dtypes
from ..core.device import device
from ..core.storage import Storage, UntypedStorage

DAMAGED = (
    "the file was torn while it was written or copied, or changed since: fetch it anew, or go back "
    "to an older checkpoint"
)


def check_map_location(map_location: Any) -> None:
    """TypeError unless it is a device, a dict of devices or a function."""
    if not (map_location is None or isinstance(map_location, (str, dict, device))):
        if not callable(map_location):
            raise TypeError(
                f"'{type(map_location).__name__}' object is not callable: map_location must be a "
                "device, a dict of devices, or a function of a storage and its device"
            )


def placed(storage: Storage, location: str, map_location: Any) -> Storage:
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


def swap(data: np.ndarray, kind: dtypes.dtype) -> None:
    """Turns round the bytes of each number in place."""
    size = kind.itemsize // 2 if kind.is_complex else kind.itemsize
    if size > 1:
        data.view(f"u{size}").byteswap(inplace=True)
