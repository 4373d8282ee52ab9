"""Recurrent layers: one op runs a layer over all steps in one direction, and back through time.

Sequences come packed: `data` holds the rows of the first step, then those of the second, and
`sizes` how many rows each step has, never more than the one before. All rows of a step go through
one matrix product; what the input contributes to all steps is one product beforehand. States keep
a row for every sequence; a step changes the first `size` of them.
May import: core, kernels, tensor, autograd, ops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.functional import grad
from ..core.batch import batches_of
from ..core.dtype import HALVES
from ..core.state import thread
from ..kernels.summation import add_up
from ..tensor import Tensor, wrap
from .joining import cat
from .linear import linear
from .op import Op, ndarray
from .recurrent_steps import gru_step, lstm_step, relu_step, tanh_step
from .views import alias_view

__all__: list[str] = []

Steps = list[tuple[slice, int]]


def _steps(sizes: tuple[int, ...], reverse: bool) -> Steps:
    """The rows of each step and their number, in the order in which they are taken."""
    steps, start = [], 0
    for size in sizes:
        steps.append((slice(start, start + size), size))
        start += size
    return steps[::-1] if reverse else steps


def _wide(*arrays: ndarray | None) -> list[Any]:
    return [a.astype(np.float32) if a is not None and a.dtype in HALVES else a for a in arrays]


def _contributions(data: ndarray, w_ih: ndarray, *biases: ndarray | None) -> ndarray:
    """What the input adds to the gates of all steps."""
    out = data @ w_ih.T
    for bias in biases:
        if bias is not None:
            out += bias
    return out


def _weight_gradients(
    found: dict[str, Any], data: ndarray, w_ih: ndarray, before: ndarray, gates: ndarray,
    recurrent: ndarray,
) -> None:  # fmt: skip
    """The gradients of data, weights and biases from those of the gates' two contributions."""
    found["data"] = gates @ w_ih
    found["w_ih"] = gates.T @ data
    found["w_hh"] = recurrent.T @ before
    found["b_ih"] = add_up(gates, (0,), False)
    found["b_hh"] = add_up(recurrent, (0,), False)


# ---- the simple network


def _rnn_forward(
    data: ndarray, hidden: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any, b_hh: Any, *,
    sizes: tuple[int, ...], reverse: bool, activation: str,
) -> tuple[ndarray, ...]:  # fmt: skip
    dtype = data.dtype
    data, hidden, w_ih, w_hh, b_ih, b_hh = _wide(data, hidden, w_ih, w_hh, b_ih, b_hh)
    out = _contributions(data, w_ih, b_ih, b_hh)
    h = hidden.copy()
    before = np.empty_like(out)
    turned = w_hh.T
    for rows, n in _steps(sizes, reverse):
        state, value = h[:n], out[rows]
        before[rows] = state
        value += state @ turned
        if activation == "tanh":
            np.tanh(value, out=value)
        else:
            np.maximum(value, 0, out=value)
        state[...] = value
    return out.astype(dtype, copy=False), h.astype(dtype, copy=False), before


def _rnn_backward(
    g: list, arrays: dict[str, Any], result: tuple, sizes: tuple, reverse: bool, activation: str
) -> dict[str, Any]:
    out, _, before = _wide(*result)
    g_out, g_h = _wide(*g[:2])
    gates = 1 - out * out if activation == "tanh" else (out > 0).astype(out.dtype)
    dh = np.zeros_like(arrays["hidden"]) if g_h is None else g_h.copy()
    for rows, n in _steps(sizes, not reverse):
        change = gates[rows]
        change *= dh[:n] if g_out is None else dh[:n] + g_out[rows]
        np.matmul(change, arrays["w_hh"], out=dh[:n])
    found = {"hidden": dh}
    _weight_gradients(found, arrays["data"], arrays["w_ih"], before, gates, gates)
    return found


# ---- GRU


def _sigmoid(x: ndarray) -> None:
    """1 / (1 + exp(-x)) in place, by the hyperbolic tangent, which cannot overflow."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5


def _gru_forward(
    data: ndarray, hidden: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any, b_hh: Any, *,
    sizes: tuple[int, ...], reverse: bool,
) -> tuple[ndarray, ...]:  # fmt: skip
    dtype = data.dtype
    data, hidden, w_ih, w_hh, b_ih, b_hh = _wide(data, hidden, w_ih, w_hh, b_ih, b_hh)
    size = hidden.shape[1]
    gates = _contributions(data, w_ih, b_ih)
    h = hidden.copy()
    out, before, old = (np.empty((len(data), size), gates.dtype) for _ in range(3))
    turned = w_hh.T
    for rows, n in _steps(sizes, reverse):
        state, gate = h[:n], gates[rows]
        before[rows] = state
        past = state @ turned
        if b_hh is not None:
            past += b_hh
        old[rows] = past[:, 2 * size :]
        both, new = gate[:, : 2 * size], gate[:, 2 * size :]
        both += past[:, : 2 * size]
        _sigmoid(both)
        new += both[:, :size] * old[rows]
        np.tanh(new, out=new)
        state -= new
        state *= both[:, size:]
        state += new
        out[rows] = state
    return out.astype(dtype, copy=False), h.astype(dtype, copy=False), before, gates, old


def _gru_backward(
    g: list, arrays: dict[str, Any], result: tuple, sizes: tuple, reverse: bool
) -> dict[str, Any]:
    _, _, before, gates, old = result
    g_out, g_h = _wide(*g[:2])
    size = before.shape[1]
    reset, update, new = (gates[:, k * size : (k + 1) * size] for k in range(3))
    # how the state depends on each gate's argument, for all steps at once
    by_update = (before - new) * update * (1 - update)
    by_new = (1 - update) * (1 - new * new)
    by_reset = old * reset * (1 - reset)
    changes = np.empty_like(gates)
    recurrent = np.empty_like(gates)
    dh = np.zeros_like(arrays["hidden"]) if g_h is None else g_h.copy()
    for rows, n in _steps(sizes, not reverse):
        slope = dh[:n] if g_out is None else dh[:n] + g_out[rows]
        change = changes[rows]
        d_new = slope * by_new[rows]
        np.multiply(d_new, by_reset[rows], out=change[:, :size])
        np.multiply(slope, by_update[rows], out=change[:, size : 2 * size])
        change[:, 2 * size :] = d_new
        past = recurrent[rows]
        past[:, : 2 * size] = change[:, : 2 * size]
        np.multiply(d_new, reset[rows], out=past[:, 2 * size :])
        dh[:n] = slope * update[rows] + past @ arrays["w_hh"]
    found = {"hidden": dh}
    _weight_gradients(found, arrays["data"], arrays["w_ih"], before, changes, recurrent)
    return found


# ---- LSTM


def _lstm_forward(
    data: ndarray, hidden: ndarray, cell: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any,
    b_hh: Any, w_hr: Any, *, sizes: tuple[int, ...], reverse: bool,
) -> tuple[ndarray, ...]:  # fmt: skip
    dtype = data.dtype
    data, hidden, cell, w_ih, w_hh, b_ih, b_hh, w_hr = _wide(
        data, hidden, cell, w_ih, w_hh, b_ih, b_hh, w_hr
    )
    size = cell.shape[1]
    # sigmoid(x) = tanh(x / 2) / 2 + 1 / 2: with the halves in the weights, all four gates are
    # one tanh
    scale = np.full(4 * size, 0.5, data.dtype)
    scale[2 * size : 3 * size] = 1
    shift = 1 - scale
    gates = _contributions(data, w_ih, b_ih, b_hh)
    gates *= scale
    turned = (w_hh * scale[:, None]).T
    h, c = hidden.copy(), cell.copy()
    out, before = (np.empty((len(data), h.shape[1]), gates.dtype) for _ in range(2))
    cells, curved = (np.empty((len(data), size), gates.dtype) for _ in range(2))
    for rows, n in _steps(sizes, reverse):
        gate, state, memory = gates[rows], h[:n], c[:n]
        before[rows] = state
        cells[rows] = memory
        gate += state @ turned
        np.tanh(gate, out=gate)
        gate *= scale
        gate += shift
        i, f = gate[:, :size], gate[:, size : 2 * size]
        g, o = gate[:, 2 * size : 3 * size], gate[:, 3 * size :]
        memory *= f
        memory += i * g
        np.tanh(memory, out=curved[rows])
        if w_hr is None:
            np.multiply(o, curved[rows], out=state)
        else:
            state[...] = (o * curved[rows]) @ w_hr.T
        out[rows] = state
    shown = [array.astype(dtype, copy=False) for array in (out, h, c)]
    return *shown, before, gates, cells, curved


def _lstm_backward(
    g: list, arrays: dict[str, Any], result: tuple, sizes: tuple, reverse: bool
) -> dict[str, Any]:
    _, _, _, before, gates, cells, curved = result
    g_out, g_h, g_c = _wide(*g[:3])
    size = cells.shape[1]
    i, f, new, o = (gates[:, k * size : (k + 1) * size] for k in range(4))
    # how the cell depends on the arguments of three gates, and the state on that of the last
    changes = np.empty_like(gates)
    parts = changes.reshape(len(changes), 4, size)
    parts[:, 0] = new * i * (1 - i)
    parts[:, 1] = cells * f * (1 - f)
    parts[:, 2] = i * (1 - new * new)
    parts[:, 3] = curved * o * (1 - o)
    by_cell = o * (1 - curved * curved)
    dh = np.zeros_like(arrays["hidden"]) if g_h is None else g_h.copy()
    dc = np.zeros_like(arrays["cell"]) if g_c is None else g_c.copy()
    w_hh, w_hr = arrays["w_hh"], arrays["w_hr"]
    projected = None if w_hr is None else np.empty_like(before)
    for rows, n in _steps(sizes, not reverse):
        slope = dh[:n] if g_out is None else dh[:n] + g_out[rows]
        if projected is not None:
            projected[rows] = slope
            slope = slope @ w_hr
        along = dc[:n]
        along += slope * by_cell[rows]
        part = parts[rows]
        part[:, :3] *= along[:, None]
        part[:, 3] *= slope
        along *= f[rows]
        np.matmul(changes[rows], w_hh, out=dh[:n])
    found = {"hidden": dh, "cell": dc}
    _weight_gradients(found, arrays["data"], arrays["w_ih"], before, changes, changes)
    if projected is not None:
        found["w_hr"] = projected.T @ (o * curved)
    return found


# ---- the ops


def plain_layer(
    step: Callable, data: Tensor, states: tuple, w_ih: Tensor, w_hh: Tensor, b_ih: Any, b_hh: Any,
    w_hr: Any, sizes: tuple[int, ...], reverse: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """The layer in plain ops: its outputs in packed order, then the last states."""
    x = linear(data, w_ih, b_ih)
    outputs = []
    for rows, n in _steps(sizes, reverse):
        now = tuple([state[:n] for state in states])
        following = step(x[rows], now, w_hh, b_hh, w_hr)
        outputs.append(following[0])
        states = tuple(
            [
                new if n == len(old) else cat([new, old[n:]])
                for new, old in zip(following, states, strict=True)
            ]
        )
    return cat(outputs[::-1] if reverse else outputs), *states


def _fresh(tensor: Tensor, batches: tuple) -> Tensor:
    """A view to differentiate with respect to, which leads on to the tensor where that leads on.

    It has a gradient for each example of the batches.
    """
    view = alias_view(tensor)
    if not view.requires_grad:
        view = alias_view(tensor.detach())
    view = view._spread(batches)
    return view if view.requires_grad else view.requires_grad_()


def _again(g: list, inputs: dict[str, Any], needs: tuple, **settings: Any) -> list:
    """Gradients that can be differentiated: of the layer in plain ops, run again."""
    recording = thread.grad_enabled
    thread.grad_enabled = True
    try:
        tensors = [t for t in (*inputs.values(), *g) if t is not None]
        batches = batches_of([t._array for t in tensors])
        fresh = {
            name: _fresh(tensor, batches) if wanted else tensor
            for (name, tensor), wanted in zip(inputs.items(), needs, strict=True)
        }
        named = dict(fresh)
        states = tuple([named.pop(name) for name in ("hidden", "cell") if name in named])
        named.setdefault("w_hr", None)
        results = plain_layer(states=states, **named, **settings)
        pairs = [(r, part) for r, part in zip(results, g, strict=False) if part is not None]
        wanted = [tensor for tensor, needed in zip(fresh.values(), needs, strict=True) if needed]
        roots, slopes = [r for r, _ in pairs], [part for _, part in pairs]
        recorded = recording is True
        found = iter(grad(roots, wanted, slopes, create_graph=recorded, allow_unused=True))
    finally:
        thread.grad_enabled = recording
    return [next(found) if needed else None for needed in needs]


def _once(
    backward: Callable,
    g: list,
    inputs: dict[str, Any],
    result: tuple,
    needs: tuple,
    **settings: Any,
) -> list:
    """Gradients by the kernel that goes back through time."""
    wide = dict(zip(inputs, _wide(*[None if t is None else t._array for t in inputs.values()])))
    slopes = [None if part is None else part._array for part in g]
    found = backward(slopes, wide, tuple([t._array for t in result]), **settings)
    return [
        wrap(found[name]) if needed else None for name, needed in zip(inputs, needs, strict=True)
    ]


def _rnn_gradient(
    g: Any, data: Tensor, hidden: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Any, b_hh: Any,
    result: Any, sizes: tuple, reverse: bool, activation: str, needs: tuple,
) -> list:  # fmt: skip
    inputs = {
        "data": data, "hidden": hidden, "w_ih": w_ih, "w_hh": w_hh, "b_ih": b_ih, "b_hh": b_hh,
    }  # fmt: skip
    settings = {"sizes": sizes, "reverse": reverse}
    if thread.grad_enabled:
        step = tanh_step if activation == "tanh" else relu_step
        return _again(g, inputs, needs, step=step, **settings)
    return _once(_rnn_backward, g, inputs, result, needs, activation=activation, **settings)


def _gru_gradient(
    g: Any, data: Tensor, hidden: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Any, b_hh: Any,
    result: Any, sizes: tuple, reverse: bool, needs: tuple,
) -> list:  # fmt: skip
    inputs = {
        "data": data, "hidden": hidden, "w_ih": w_ih, "w_hh": w_hh, "b_ih": b_ih, "b_hh": b_hh,
    }  # fmt: skip
    settings = {"sizes": sizes, "reverse": reverse}
    if thread.grad_enabled:
        return _again(g, inputs, needs, step=gru_step, **settings)
    return _once(_gru_backward, g, inputs, result, needs, **settings)


def _lstm_gradient(
    g: Any, data: Tensor, hidden: Tensor, cell: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Any,
    b_hh: Any, w_hr: Any, result: Any, sizes: tuple, reverse: bool, needs: tuple,
) -> list:  # fmt: skip
    inputs = {
        "data": data, "hidden": hidden, "cell": cell, "w_ih": w_ih, "w_hh": w_hh, "b_ih": b_ih,
        "b_hh": b_hh, "w_hr": w_hr,
    }  # fmt: skip
    settings = {"sizes": sizes, "reverse": reverse}
    if thread.grad_enabled:
        return _again(g, inputs, needs, step=lstm_step, **settings)
    return _once(_lstm_backward, g, inputs, result, needs, **settings)


rnn_layer = Op("rnn_layer", _rnn_forward, _rnn_gradient)
gru_layer = Op("gru_layer", _gru_forward, _gru_gradient)
lstm_layer = Op("lstm_layer", _lstm_forward, _lstm_gradient)
