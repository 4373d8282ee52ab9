"""Tools around training: data loading, checkpoints, and the `torch` alias.

May import: utils.
"""

from . import checkpoint, data

__all__ = ["checkpoint", "data"]
