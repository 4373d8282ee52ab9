"""Recurrent layers against their plain steps, with gradients of both orders; packed sequences.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradcheck, gradgradcheck
from rushlight.ops import recurrent, recurrent_steps

nn, rnn = torch.nn, torch.nn.utils.rnn
random = np.random.default_rng(0)
STEPS = {
    "tanh": (1, recurrent.rnn_layer, recurrent_steps.tanh_step),
    "relu": (1, recurrent.rnn_layer, recurrent_steps.relu_step),
    "gru": (3, recurrent.gru_layer, recurrent_steps.gru_step),
    "lstm": (4, recurrent.lstm_layer, recurrent_steps.lstm_step),
    "lstm projected": (4, recurrent.lstm_layer, recurrent_steps.lstm_step),
}


def values(*shape):
    return torch.tensor(random.normal(size=shape), requires_grad=True)


def layer(kind, sizes, reverse):
    """The fused layer and the plain one as functions of the same inputs."""
    gates, op, step = STEPS[kind]
    projected = kind.endswith("projected")
    size = 2
    state = 1 if projected else size
    states = [values(sizes[0], state)] + [values(sizes[0], size)] * kind.startswith("lstm")
    shapes = (gates * size, 2), (gates * size, state), (gates * size,), (gates * size,)
    inputs = [values(sum(sizes), 2), *states, *[values(*shape) for shape in shapes]]
    if projected:
        inputs.append(values(1, 2))
    rest = [None] if kind == "lstm" else []
    settings = {"sizes": sizes, "reverse": reverse}
    named = {"activation": kind} if kind in ("tanh", "relu") else {}
    shown = 1 + len(states)

    def fused(*given):
        return op(*given, *rest, **settings, **named)[:shown]

    def plain(data, *given):
        states, weights = given[: shown - 1], given[shown - 1 :]
        w_hr = weights[4] if projected else None
        return recurrent.plain_layer(step, data, states, *weights[:4], w_hr, **settings)

    return fused, plain, inputs


@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 2, 1)])
@pytest.mark.parametrize("reverse", [False, True])
def test_the_fused_layer_equals_its_plain_steps(kind, sizes, reverse):
    fused, plain, inputs = layer(kind, sizes, reverse)
    ours, theirs = fused(*inputs), plain(*inputs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), atol=1e-12)
    slopes = [torch.tensor(random.normal(size=tuple(r.shape))) for r in ours]
    for a, b in zip(
        torch.autograd.grad(ours, inputs, slopes),
        torch.autograd.grad(theirs, inputs, slopes),
        strict=True,
    ):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-10)


@pytest.mark.parametrize("kind", ["tanh", "gru", "lstm", "lstm projected"])
def test_gradients_of_both_orders(kind):
    fused, _, inputs = layer(kind, (2, 1), True)
    assert gradcheck(fused, inputs) and gradgradcheck(fused, inputs)


def test_a_layer_is_its_cell_step_by_step():
    torch.manual_seed(0)
    lstm, cell = nn.LSTM(3, 4), nn.LSTMCell(3, 4)
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in lstm.state_dict().items()})
    x = torch.rand(5, 2, 3)
    out, (h, c) = lstm(x)
    states = None
    for step, row in enumerate(x):
        states = cell(row, states)
        np.testing.assert_allclose(
            states[0].detach().numpy(), out[step].detach().numpy(), rtol=1e-5, atol=1e-7
        )
    np.testing.assert_allclose(c[0].detach().numpy(), states[1].detach().numpy(), rtol=1e-5)
    np.testing.assert_array_equal(h[0].detach().numpy(), out[-1].detach().numpy())


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_a_packed_sequence_is_each_sequence_alone(kind):
    torch.manual_seed(0)
    net = kind(3, 4, num_layers=2, bidirectional=True)
    sequences = [torch.rand(length, 3) for length in (2, 5, 3)]
    out, last = net(rnn.pack_sequence(sequences, enforce_sorted=False))
    for number, (sequence, found) in enumerate(
        zip(sequences, rnn.unpack_sequence(out), strict=True)
    ):
        alone, state = net(sequence)
        np.testing.assert_allclose(
            found.detach().numpy(), alone.detach().numpy(), rtol=1e-4, atol=1e-6
        )
        pairs = zip(last, state, strict=True) if kind is nn.LSTM else [(last, state)]
        for all_of, one in pairs:
            np.testing.assert_allclose(
                all_of[:, number].detach().numpy(), one.detach().numpy(), rtol=1e-4, atol=1e-6
            )


def test_packing_and_padding_are_inverse_and_differentiable():
    block, lengths = values(4, 3, 2), torch.tensor([2, 4, 1])

    def there_and_back(x):
        packed = rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        return rnn.pad_packed_sequence(packed)[0]

    seen = np.arange(4)[:, None] < lengths.numpy()
    result = there_and_back(block)
    np.testing.assert_array_equal(
        result.detach().numpy(), block.detach().numpy() * seen[:, :, None]
    )
    assert gradcheck(there_and_back, (block,))
    padded = rnn.pad_sequence([block[:2, 0], block[:, 1], block[:1, 2]])
    np.testing.assert_array_equal(padded.detach().numpy(), result.detach().numpy())


def test_halves_are_computed_in_float32():
    net = nn.LSTM(3, 4)
    x = torch.rand(5, 2, 3)
    exact = net(x)[0].detach().numpy()
    half = net.bfloat16()(x.bfloat16())[0]
    assert half.dtype is torch.bfloat16
    half.sum().backward()
    np.testing.assert_allclose(half.float().detach().numpy(), exact, atol=0.02)


def test_errors():
    with pytest.raises(RuntimeError, match="Expected hidden size"):
        nn.GRU(3, 4)(torch.rand(5, 2, 3), torch.rand(2, 2, 4))
    with pytest.raises(ValueError, match="does not match weight dtype"):
        nn.GRU(3, 4)(torch.rand(5, 2, 3).double())
    with pytest.raises(RuntimeError, match="sorted in decreasing order"):
        rnn.pack_sequence([torch.ones(1), torch.ones(2)])
    with pytest.warns(UserWarning, match="dropout option adds dropout"):
        nn.LSTM(3, 4, dropout=0.5)
