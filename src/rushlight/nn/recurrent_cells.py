"""Single steps of recurrent networks as modules.

May import: ops, tensor, nn.
"""

import math
from typing import Any

from ..ops import recurrent_cells as cells
from ..ops.filled import empty
from ..tensor import Tensor
from . import init
from .module import Module
from .parameter import Parameter


class RNNCellBase(Module):
    """What all cells share: weights and biases of `num_chunks` gates, and checks of shapes.

    >>> isinstance(torch.nn.GRUCell(2, 3), torch.nn.RNNCellBase)
    True
    """

    bias_ih: Any
    bias_hh: Any

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        made = {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(empty((gates, input_size), **made))
        self.weight_hh = Parameter(empty((gates, hidden_size), **made))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(gates, **made)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws everything anew, uniform in +-1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        """Its settings, as PyTorch prints them."""
        shown = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            shown += f", bias={self.bias}"
        nonlinearity = self.__dict__.get("nonlinearity", "tanh")
        return shown if nonlinearity == "tanh" else f"{shown}, nonlinearity={nonlinearity}"

    def _weights(self) -> tuple[Any, ...]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _batch(self, tensor: Tensor, what: str) -> Tensor:
        """The tensor with a dim for the batch."""
        if tensor.ndim not in (1, 2):
            raise ValueError(
                f"{self._get_name()}: Expected {what} to be 1D or 2D, got {tensor.ndim}D instead"
            )
        return tensor if tensor.ndim == 2 else tensor.unsqueeze(0)

    def _state(self, batch: Tensor, hx: Tensor | None) -> Tensor:
        if hx is None:
            return batch.new_zeros((batch.shape[0], self.hidden_size))
        return self._batch(hx, "hidden")


class RNNCell(RNNCellBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it.

    Shapes (N, input_size) and (N, hidden_size), or without N. RuntimeError and ValueError for
    others.

    >>> torch.nn.RNNCell(3, 4)(torch.rand(2, 3)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        step = cells.rnn_tanh_cell if self.nonlinearity == "tanh" else cells.rnn_relu_cell
        batch = self._batch(input, "input")
        following = step(batch, self._state(batch, hx), *self._weights())
        return following if input.ndim == 2 else following.squeeze(0)


class GRUCell(RNNCellBase):
    """A gated recurrent unit (Cho et al., 2014); gates in the order reset, update, new.

    Shapes (N, input_size) and (N, hidden_size), or without N.

    >>> torch.nn.GRUCell(3, 4)(torch.rand(2, 3)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        batch = self._batch(input, "input")
        following = cells.gru_cell(batch, self._state(batch, hx), *self._weights())
        return following if input.ndim == 2 else following.squeeze(0)


class LSTMCell(RNNCellBase):
    """Long short-term memory; gates in the order input, forget, cell, output.

    Shapes (N, input_size) and the pair (h, c) of (N, hidden_size), or without N.

    >>> h, c = torch.nn.LSTMCell(3, 4)(torch.rand(2, 3))
    >>> h.shape, c.shape
    (torch.Size([2, 4]), torch.Size([2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """The next pair of states."""
        batch = self._batch(input, "input")
        first, second = (None, None) if hx is None else hx
        pair = self._state(batch, first), self._state(batch, second)
        h, c = cells.lstm_cell(batch, pair, *self._weights())
        return (h, c) if input.ndim == 2 else (h.squeeze(0), c.squeeze(0))
