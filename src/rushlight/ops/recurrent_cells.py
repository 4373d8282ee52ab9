"""One step of a recurrent network as a function: simple, GRU and LSTM cells.

May import: tensor, ops.
"""

from typing import Any

from ..tensor import Tensor
from .recurrent import gru_layer, lstm_layer, rnn_layer

__all__ = ["gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell"]

States = tuple[Tensor, ...]


def _check(input: Tensor, states: States, w_ih: Tensor, w_hh: Tensor) -> None:
    if input.shape[1] != w_ih.shape[1]:
        raise RuntimeError(
            f"input has inconsistent input_size: got {input.shape[1]} expected {w_ih.shape[1]}"
        )
    for number, state in enumerate(states):
        if input.shape[0] != state.shape[0]:
            raise RuntimeError(
                f"Input batch size {input.shape[0]} doesn't match hidden{number} batch size "
                f"{state.shape[0]}"
            )
        if state.shape[1] != w_hh.shape[1]:
            raise RuntimeError(
                f"hidden{number} has inconsistent hidden_size: got {state.shape[1]}, expected "
                f"{w_hh.shape[1]}"
            )


def _simple(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Any, b_hh: Any, activation: str
) -> Tensor:
    _check(input, (hx,), w_ih, w_hh)
    rows = (input.shape[0],)
    settings: dict[str, Any] = {"sizes": rows, "reverse": False, "activation": activation}
    return rnn_layer(input, hx, w_ih, w_hh, b_ih, b_hh, **settings)[1]


def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """tanh(W_ih x + b_ih + W_hh h + b_hh). Shapes (N, I) and (N, H) to (N, H).

    RuntimeError for shapes that do not fit.

    >>> x, h, w = torch.ones(1, 1), torch.zeros(1, 1), torch.ones(1, 1)
    >>> torch.rnn_tanh_cell(x, h, w, w)
    tensor([[0.7616]])
    """
    return _simple(input, hx, w_ih, w_hh, b_ih, b_hh, "tanh")


def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """relu(W_ih x + b_ih + W_hh h + b_hh). Shapes (N, I) and (N, H) to (N, H).

    RuntimeError for shapes that do not fit.

    >>> x, h, w = torch.ones(1, 1), torch.ones(1, 1), torch.ones(1, 1)
    >>> torch.rnn_relu_cell(x, h, w, w)
    tensor([[2.]])
    """
    return _simple(input, hx, w_ih, w_hh, b_ih, b_hh, "relu")


def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """A step of a gated recurrent unit. Shapes (N, I) and (N, H) to (N, H); weights (3H, ...).

    RuntimeError for shapes that do not fit.

    >>> x, h, w = torch.ones(1, 1), torch.zeros(1, 1), torch.ones(3, 1)
    >>> torch.gru_cell(x, h, w, w)
    tensor([[0.2048]])
    """
    _check(input, (hx,), w_ih, w_hh)
    rows = (input.shape[0],)
    return gru_layer(input, hx, w_ih, w_hh, b_ih, b_hh, sizes=rows, reverse=False)[1]


def lstm_cell(
    input: Tensor,
    hx: Any,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """A step of an LSTM: (N, I) and the pair (h, c) of (N, H) to the next pair; weights (4H, ...).

    RuntimeError for shapes that do not fit.

    >>> x, h, w = torch.ones(1, 1), torch.zeros(1, 1), torch.ones(4, 1)
    >>> torch.lstm_cell(x, (h, h), w, w)
    (tensor([[0.3696]]), tensor([[0.5568]]))
    """
    h, c = hx
    _check(input, (h, c), w_ih, w_hh)
    rows = (input.shape[0],)
    found = lstm_layer(input, h, c, w_ih, w_hh, b_ih, b_hh, None, sizes=rows, reverse=False)
    return found[1], found[2]
