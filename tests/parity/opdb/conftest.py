"""Keeps pytest from reading this folder's modules as tests: they need PyTorch to be imported.

May import: nothing.
"""

collect_ignore_glob = ["*.py"]
