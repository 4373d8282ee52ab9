"""Recurrent networks of several layers and both directions: RNN, GRU, LSTM.

May import: ops, tensor, nn.
"""

import math
import warnings
from typing import Any

from ..ops.dropout import dropout
from ..ops.filled import empty
from ..ops.joining import cat, stack
from ..ops.recurrent import gru_layer, lstm_layer, rnn_layer
from ..tensor import Tensor
from . import init
from .module import Module
from .parameter import Parameter
from .utils.rnn import PackedSequence

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "GRU": 3, "LSTM": 4}
KINDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")


def _check_settings(
    mode: str, hidden_size: Any, input_size: Any, num_layers: int, dropout_p: Any, proj_size: int
) -> None:
    number = isinstance(dropout_p, (int, float)) and not isinstance(dropout_p, bool)
    if not number or not 0 <= dropout_p <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element "
            f"being zeroed, but got {dropout_p}"
        )
    if dropout_p > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
            f"expects num_layers greater than 1, but got dropout={dropout_p} and "
            f"num_layers={num_layers}",
            stacklevel=4,
        )
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if not isinstance(size, int):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
    for name, size in (
        ("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)
    ):  # fmt: skip
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero, but got {size}")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if mode not in GATES:
        raise ValueError("Unrecognized RNN mode: " + mode)


class RNNBase(Module):
    """What RNN, GRU and LSTM share: weights by layer and direction, shapes, packed sequences.

    >>> torch.nn.RNNBase("LSTM", 2, 3).weight_ih_l0.shape
    torch.Size([12, 2])
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check_settings(mode, hidden_size, input_size, num_layers, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._suffixes = [
            f"_l{layer}{direction}"
            for layer in range(num_layers)
            for direction in (("", "_reverse") if bidirectional else ("",))
        ]
        gates = GATES[mode] * hidden_size
        state = proj_size or hidden_size
        directions = 2 if bidirectional else 1
        for position, suffix in enumerate(self._suffixes):
            below = input_size if position < directions else state * directions
            shapes = [(gates, below), (gates, state), (gates,), (gates,), (proj_size, hidden_size)]
            for kind, shape in zip(KINDS, shapes, strict=True):
                if self._has(kind):
                    made = Parameter(empty(shape, device=device, dtype=dtype))
                    self.register_parameter(kind + suffix, made)
        self.reset_parameters()

    def _has(self, kind: str) -> bool:
        return self.bias if kind.startswith("bias") else kind != "weight_hr" or self.proj_size > 0

    def reset_parameters(self) -> None:
        """Draws everything anew, uniform in +-1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: the weights need not stand together in memory."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights and biases, a list for each layer and direction."""
        kinds = [kind for kind in KINDS if self._has(kind)]
        return [[getattr(self, kind + suffix) for kind in kinds] for suffix in self._suffixes]

    def extra_repr(self) -> str:
        """Its settings, as PyTorch prints them."""
        shown = f"{self.input_size}, {self.hidden_size}"
        for name, usual in (
            ("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False),
            ("dropout", 0), ("bidirectional", False),
        ):  # fmt: skip
            if getattr(self, name) != usual:
                shown += f", {name}={getattr(self, name)}"
        return shown

    def _weights_of(self, suffix: str) -> list[Any]:
        return [getattr(self, k + suffix) if self._has(k) else None for k in KINDS]

    def _layer(self, data: Tensor, states: tuple, suffix: str, sizes: tuple) -> tuple:
        """One layer in one direction: its outputs and its last states."""
        reverse = suffix.endswith("_reverse")
        weights = self._weights_of(suffix)
        if self.mode == "LSTM":
            return lstm_layer(data, *states, *weights, sizes=sizes, reverse=reverse)[:3]
        if self.mode == "GRU":
            return gru_layer(data, *states, *weights[:4], sizes=sizes, reverse=reverse)[:2]
        activation = self.mode.removeprefix("RNN_").lower()
        return rnn_layer(
            data, *states, *weights[:4], sizes=sizes, reverse=reverse, activation=activation
        )[:2]

    def _run(self, data: Tensor, states: tuple, sizes: tuple) -> tuple[Tensor, tuple]:
        """All layers over packed data."""
        directions = 2 if self.bidirectional else 1
        finals = []
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                data = dropout(data, self.dropout)
            outputs = []
            for position in range(layer * directions, (layer + 1) * directions):
                own = tuple([state[position] for state in states])
                out, *last = self._layer(data, own, self._suffixes[position], sizes)
                outputs.append(out)
                finals.append(last)
            data = outputs[0] if directions == 1 else cat(outputs, 1)
        return data, tuple([stack(parts) for parts in zip(*finals, strict=True)])

    def _state_sizes(self) -> list[int]:
        """The length of each state."""
        first = self.proj_size or self.hidden_size
        return [first, self.hidden_size] if self.mode == "LSTM" else [first]

    def _check_input(self, input: Tensor, dims: int) -> None:
        if input.ndim != dims:
            raise RuntimeError(f"input must have {dims} dimensions, got {input.ndim}")
        weight = self.weight_ih_l0
        if input.dtype != weight.dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). "
                f"Convert input: input.to({weight.dtype}), or convert model: "
                f"model.to({input.dtype})"
            )
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got "
                f"{input.shape[-1]}"
            )

    def _check_states(self, states: tuple, batch: int) -> None:
        layers = len(self._suffixes)
        for number, (state, size) in enumerate(zip(states, self._state_sizes(), strict=True)):
            wanted = (layers, batch, size)
            if tuple(state.shape) != wanted:
                which = f"hidden[{number}]" if len(states) > 1 else "hidden"
                raise RuntimeError(f"Expected {which} size {wanted}, got {list(state.shape)}")

    def _given_states(self, hx: Any, dims: int) -> tuple:
        """The states as a tuple; RuntimeError unless they have a batch where the input has."""
        states = (hx[0], hx[1]) if self.mode == "LSTM" else (hx,)
        found = [state.ndim for state in states]
        if found != [dims] * len(states):
            kind = "batched" if dims == 3 else "unbatched"
            if len(states) == 2:
                raise RuntimeError(
                    f"For {kind} {dims}-D input, hx and cx should also be {dims}-D but got "
                    f"({found[0]}-D, {found[1]}-D) tensors"
                )
            raise RuntimeError(
                f"For {kind} {dims}-D input, hx should also be {dims}-D but got {found[0]}-D tensor"
            )
        return states if dims == 3 else tuple([state.unsqueeze(1) for state in states])

    def _first_states(self, like: Tensor, batch: int) -> tuple:
        layers = len(self._suffixes)
        return tuple([like.new_zeros((layers, batch, size)) for size in self._state_sizes()])

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The outputs of the last layer at all steps, and the last states of all layers."""
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.ndim not in (2, 3):
            raise ValueError(
                f"{self._get_name()}: Expected input to be 2D or 3D, got {input.ndim}D instead"
            )
        batched = input.ndim == 3
        states = None if hx is None else self._given_states(hx, input.ndim)
        block = input if batched else input.unsqueeze(1)
        self._check_input(block, 3)
        if batched and self.batch_first:
            block = block.transpose(0, 1)
        steps, batch = block.shape[:2]
        if states is None:
            states = self._first_states(block, batch)
        self._check_states(states, batch)
        if not steps:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        data, last = self._run(
            block.reshape(steps * batch, block.shape[2]), states, (batch,) * steps
        )
        out = data.view(steps, batch, data.shape[1])
        if not batched:
            out, last = out.squeeze(1), tuple([state.squeeze(1) for state in last])
        elif self.batch_first:
            out = out.transpose(0, 1)
        return out, last if self.mode == "LSTM" else last[0]

    def _forward_packed(self, input: PackedSequence, hx: Any) -> tuple[PackedSequence, Any]:
        data, batch_sizes, order, back = input
        self._check_input(data, 2)
        sizes = tuple(batch_sizes.tolist())
        if hx is None:
            states = self._first_states(data, sizes[0])
        else:
            states = (hx[0], hx[1]) if self.mode == "LSTM" else (hx,)
            if order is not None:
                states = tuple([state.index_select(1, order) for state in states])
        self._check_states(states, sizes[0])
        out, last = self._run(data, states, sizes)
        if back is not None:
            last = tuple([state.index_select(1, back) for state in last])
        packed = PackedSequence(out, batch_sizes, order, back)
        return packed, last if self.mode == "LSTM" else last[0]


class RNN(RNNBase):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), or relu of it, over all steps.

    Shapes (T, N, input_size), (N, T, input_size) with `batch_first`, (T, input_size), or a
    PackedSequence; states (layers * directions, N, hidden_size). Returns outputs and last states.
    ValueError and RuntimeError for settings and shapes that do not fit.

    >>> out, h = torch.nn.RNN(3, 4, num_layers=2)(torch.rand(5, 1, 3))
    >>> out.shape, h.shape
    (torch.Size([5, 1, 4]), torch.Size([2, 1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        **unknown: Any,
    ) -> None:
        _refuse("RNN", unknown)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first,
            dropout, bidirectional, 0, device, dtype,
        )  # fmt: skip
        self.nonlinearity = nonlinearity


class GRU(RNNBase):
    """Gated recurrent units over all steps (Cho et al., 2014); gates reset, update, new.

    Shapes and errors as `RNN`.

    >>> out, h = torch.nn.GRU(3, 4, bidirectional=True)(torch.rand(5, 1, 3))
    >>> out.shape, h.shape
    (torch.Size([5, 1, 8]), torch.Size([2, 1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        **unknown: Any,
    ) -> None:
        _refuse("GRU", unknown)
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            0, device, dtype,
        )  # fmt: skip


class LSTM(RNNBase):
    """Long short-term memory over all steps; gates input, forget, cell, output.

    Shapes and errors as `RNN`, but there are two states, (h, c). With `proj_size` h is a
    projection of that size (Sak et al., 2014).

    >>> out, (h, c) = torch.nn.LSTM(3, 4)(torch.rand(5, 1, 3))
    >>> out.shape, h.shape, c.shape
    (torch.Size([5, 1, 4]), torch.Size([1, 1, 4]), torch.Size([1, 1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            proj_size, device, dtype,
        )  # fmt: skip


def _refuse(name: str, unknown: dict[str, Any]) -> None:
    if "proj_size" in unknown:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    if unknown:
        raise TypeError(f"{name}.__init__() got an unexpected keyword argument {min(unknown)!r}")
