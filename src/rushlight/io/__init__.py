"""Files: saving and loading tensors in PyTorch's own format.

May import: io.
"""

from .load import load
from .save import save

__all__ = ["load", "save"]
