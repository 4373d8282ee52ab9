"""linear: the product with a weight's transpose and the bias, as one op.

May import: core, tensor, autograd, ops.
"""

from typing import Any

import numpy as np

from ..autograd.graph import shown
from ..core.layout import product
from ..core.state import shared, thread
from ..tensor import Tensor, ndarray, wrap
from .axes import t_op
from .batching import linear_layers
from .elementwise import WHOLE_FLOATS
from .inplace import write_out
from .matmul import addmm, matmul, product_of, times, transposed
from .node import OpNode
from .op import Op
from .reduce import require_tensor

_new = object.__new__


class LinearNode(OpNode):
    """One node that shows itself as PyTorch's two: addmm, and the t() of the weight before it."""

    __slots__ = ()

    @property
    def next_functions(self) -> tuple:
        """The nodes of the bias, the input and the transposed weight."""
        bias, input, weight = self.edges
        transposed = wrap(np.empty((0, 0), self.dtype))
        if weight is not None:
            t_op.link((weight,), {}, transposed)
        return shown(bias), shown(input), shown(transposed._edge)


def _kernel(bias: ndarray, input: ndarray, weight: ndarray) -> ndarray:
    out = product_of(input, weight.T)
    out += bias
    return out


_linear = Op(
    "linear",
    _kernel,
    (
        lambda g: g,
        lambda g, weight: times(g, weight.conj()),
        lambda g, input: times(transposed(g), input.conj()),
    ),
    backward="AddmmBackward0",
    node=LinearNode,
    batch=linear_layers,
)


def linear(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None
) -> Tensor:
    """input @ weight.T + bias. Shapes (..., k), (m, k) and (m) to (..., m).

    RuntimeError for shapes that cannot be multiplied and for different dtypes.

    >>> torch.nn.functional.linear(torch.ones(2, 3), torch.ones(1, 3), torch.ones(1))
    tensor([[4.],
            [4.]])
    """
    if out is not None:
        return write_out(out, linear(input, weight, bias))
    if bias is None:
        return matmul(input, weight.t())
    x, w, b = require_tensor(input, "linear")._array, weight._array, bias._array
    if x.ndim != 2:
        if x.ndim < 2:
            return matmul(input, weight.t()) + bias
        rows = linear(input.reshape(product(x.shape[:-1]), x.shape[-1]), weight, bias)
        return rows.view(*x.shape[:-1], w.shape[0])
    plain = w.ndim == 2 and x.shape[1] == w.shape[1] and b.shape == w.shape[:1]
    if not plain or x.dtype is not w.dtype or x.dtype is not b.dtype or x.dtype not in WHOLE_FLOATS:
        return addmm(bias, input, weight.t())  # which knows every case and every error
    if shared.watched:
        return _linear(bias, input, weight)
    result: Any = _new(Tensor)
    result._array = _kernel(b, x, w)
    if thread.grad_enabled:
        _linear.record((bias, input, weight), {}, result)
    return result
