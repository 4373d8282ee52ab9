"""DLPack: memory shared with other array libraries.

May import: ops.
"""

from ..ops.exchange import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
