"""One step of a recurrent network, in plain ops: what the fused layers are held against.

`x` is what the input contributes to the gates, (N, gates * H); the gates stand in PyTorch's order.
May import: tensor, ops.
"""

from typing import Any

from ..tensor import Tensor
from .linear import linear
from .rectifiers import relu

__all__: list[str] = []

States = tuple[Tensor, ...]


def tanh_step(x: Tensor, states: States, w_hh: Tensor, b_hh: Any, w_hr: Any = None) -> States:
    """h' = tanh(x + W h + b)."""
    return ((x + linear(states[0], w_hh, b_hh)).tanh(),)


def relu_step(x: Tensor, states: States, w_hh: Tensor, b_hh: Any, w_hr: Any = None) -> States:
    """h' = relu(x + W h + b)."""
    return (relu(x + linear(states[0], w_hh, b_hh)),)


def gru_step(x: Tensor, states: States, w_hh: Tensor, b_hh: Any, w_hr: Any = None) -> States:
    """Reset, update and new gate (Cho et al., 2014): h' = (1 - z) n + z h."""
    (h,) = states
    x_r, x_z, x_n = x.chunk(3, 1)
    h_r, h_z, h_n = linear(h, w_hh, b_hh).chunk(3, 1)
    reset, update = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
    new = (x_n + reset * h_n).tanh()
    return (new + update * (h - new),)


def lstm_step(x: Tensor, states: States, w_hh: Tensor, b_hh: Any, w_hr: Any = None) -> States:
    """Input, forget, cell and output gate (Hochreiter and Schmidhuber, 1997)."""
    h, c = states
    i, f, g, o = (x + linear(h, w_hh, b_hh)).chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    return (h if w_hr is None else linear(h, w_hr), c)
