"""The operations, one family a file; importing a family attaches its methods to Tensor.

May import: core, kernels, tensor, autograd.
"""
