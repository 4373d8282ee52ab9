"""Parameters: the tensors of a module that training changes.

May import: tensor.
"""

from typing import Any

import numpy as np

from ..tensor import Tensor, storage_of


class Parameter(Tensor):
    """A tensor that a Module it is assigned to lists among its parameters.

    >>> torch.nn.Parameter(torch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> "Parameter":
        parameter = object.__new__(cls)
        if data is None:
            parameter._array = np.zeros((0,), np.float32)
        else:
            parameter._array = data._array
            parameter._storage = storage_of(data)
        if requires_grad:
            parameter.requires_grad_()
        return parameter

    def __repr__(self) -> str:
        return f"Parameter containing:\n{Tensor.__repr__(self)}"
