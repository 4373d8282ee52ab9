"""PyTorch's operator database, run on PyTorch and on rushlight: `python -m tests.parity.opdb`.

May import: everything.
"""
