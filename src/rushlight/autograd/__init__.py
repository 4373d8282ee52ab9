"""Automatic differentiation: the graph, the engine that walks it, and what users call.

May import: core, tensor, autograd.
"""

from .function import Function, once_differentiable
from .functional import backward, grad
from .grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .gradcheck import gradcheck, gradgradcheck
from .tensor_methods import detach
from .variable import Variable

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detach",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "is_grad_enabled",
    "no_grad",
    "once_differentiable",
    "set_grad_enabled",
]
