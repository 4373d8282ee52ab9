"""Devices: the CPU, and the name of a CUDA device so that asking for one fails clearly.

May import: nothing.
"""

from typing import Any


class device:
    """Where a tensor lives: `torch.device("cpu")`, `torch.device("cuda", 0)`.

    >>> torch.device("cuda:1")
    device(type='cuda', index=1)
    >>> torch.zeros(1).device
    device(type='cpu')
    """

    __slots__ = ("index", "type")

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        if isinstance(type, int):
            type, index = "cuda", type
        if not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' must be str, not {type.__class__.__name__}")
        name, colon, number = type.partition(":")
        if name not in ("cpu", "cuda"):
            raise RuntimeError(
                f"Expected one of cpu, cuda device type at start of device string: {type}"
            )
        if colon:
            if not number.isdigit() or index is not None:
                raise RuntimeError(f"Invalid device string: '{type}'")
            index = int(number)
        self.type = name
        self.index = index

    def __repr__(self) -> str:
        at = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{at})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> Any:
        return device, (self.type, self.index)

    def __enter__(self) -> "device":
        require(self)
        return self

    def __exit__(self, *exc: object) -> None:
        return None


CPU = device("cpu")


def require(where: Any) -> None:
    """Raises as a CPU build of PyTorch does unless `where` (None, str or device) is the CPU."""
    if where is None or where is CPU:
        return
    if device(where).type != "cpu":
        raise AssertionError(
            f"Torch not compiled with CUDA enabled: asked for device '{where}', and rushlight has "
            "the CPU only; use device='cpu', or leave device out"
        )
