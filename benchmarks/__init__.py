"""Our time beside PyTorch's, for the same lines of code: `python -m benchmarks --help`.

May import: everything.
"""
