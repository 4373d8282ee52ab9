"""torch.signal: the windows of signal processing.

May import: signal.
"""

from . import windows

__all__ = ["windows"]
