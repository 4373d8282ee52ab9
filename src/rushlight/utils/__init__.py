"""Tools around training: data loading, checkpoints, DLPack and the
`torch` alias.

May import: utils.
"""

from . import checkpoint, data, dlpack

__all__ = ["checkpoint", "data", "dlpack"]
