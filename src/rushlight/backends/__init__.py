"""`torch.backends`: the switches of engines that are not here, for programs that set them.

May import: backends.
"""

from . import cudnn, mps

__all__ = ["cudnn", "mps"]
