"""Tools around training: data loading, and the `torch` alias.

May import: utils.
"""

from . import data

__all__ = ["data"]
