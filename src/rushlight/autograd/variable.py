"""Variable: the name a tensor with gradients had before PyTorch 0.4, kept for old programs.

Calling it gives a plain Tensor, and every Tensor is an instance of it.
May import: core, tensor, autograd.
"""

from typing import Any

from ..tensor import Tensor, alias


class _Variable:
    """The one object called `Variable`: it answers calls and `isinstance` as the old class did."""

    __name__ = __qualname__ = "Variable"

    def __call__(self, data: Any = None, requires_grad: bool = False) -> Tensor:
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(
                f"Variable data has to be a tensor, but got {type(data).__name__}: use "
                "torch.tensor(...) to make one"
            )
        tensor = alias(data)
        if requires_grad:
            tensor.requires_grad_()
        return tensor

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, Tensor)

    def __repr__(self) -> str:
        return "<class 'torch.autograd.Variable'>"


Variable = _Variable()
Variable.__doc__ = """`Variable(tensor, requires_grad=False)`: the tensor over the same memory.

>>> x = torch.autograd.Variable(torch.ones(2), requires_grad=True)
>>> x, isinstance(x, torch.autograd.Variable)
(tensor([1., 1.], requires_grad=True), True)
"""
