"""Tools around training: data loading, and the `torch` alias.

May import: nothing.
"""
