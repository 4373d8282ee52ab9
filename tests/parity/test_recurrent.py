"""Recurrent networks and packed sequences on PyTorch and here.

May import: everything.
"""

import warnings

import numpy as np
import pytest

import rushlight
from tests.parity.modules_side_by_side import check_module, hold_together, tensors_in
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

random = np.random.default_rng(5)


def values(*shape):
    return random.normal(size=shape).astype(np.float32)


X, H, C, P = values(5, 2, 3), values(1, 2, 4), values(1, 2, 4), values(1, 2, 2)
DEEP = {"num_layers": 2, "bidirectional": True}
MODULES = {
    "RNN": (lambda nn: nn.RNN(3, 4), X),
    "RNN relu": (lambda nn: nn.RNN(3, 4, nonlinearity="relu"), X, H),
    "RNN positional": (lambda nn: nn.RNN(3, 4, 2, "relu", False, True), X),
    "RNN deep": (lambda nn: nn.RNN(3, 4, **DEEP), X),
    "GRU": (lambda nn: nn.GRU(3, 4), X, H),
    "GRU without bias": (lambda nn: nn.GRU(3, 4, bias=False, batch_first=True), X),
    "GRU deep": (lambda nn: nn.GRU(3, 4, **DEEP), X),
    "GRU dropout": (lambda nn: nn.GRU(3, 4, **DEEP, dropout=0.5), X),
    "GRU of one": (lambda nn: nn.GRU(3, 4), X[:, 0], H[:, 0]),
    "LSTM": (lambda nn: nn.LSTM(3, 4), X, (H, C)),
    "LSTM deep": (lambda nn: nn.LSTM(3, 4, **DEEP, batch_first=True), X),
    "LSTM dropout": (lambda nn: nn.LSTM(3, 4, 3, dropout=0.3), X),
    "LSTM projected": (lambda nn: nn.LSTM(3, 4, proj_size=2), X, (P, C)),
    "LSTM projected deep": (lambda nn: nn.LSTM(3, 4, proj_size=2, **DEEP), X),
    "LSTM without bias": (lambda nn: nn.LSTM(3, 4, bias=False), X),
    "LSTM of one": (lambda nn: nn.LSTM(3, 4, **DEEP), X[:, 0]),
    "RNNCell": (lambda nn: nn.RNNCell(3, 4), X[0], H[0]),
    "RNNCell relu": (lambda nn: nn.RNNCell(3, 4, False, "relu"), X[0]),
    "GRUCell": (lambda nn: nn.GRUCell(3, 4), X[0], H[0]),
    "GRUCell without bias": (lambda nn: nn.GRUCell(3, 4, bias=False), X[0]),
    "GRUCell of one": (lambda nn: nn.GRUCell(3, 4), X[0, 0], H[0, 0]),
    "LSTMCell": (lambda nn: nn.LSTMCell(3, 4), X[0], (H[0], C[0])),
    "LSTMCell of one": (lambda nn: nn.LSTMCell(3, 4), X[0, 0]),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, *inputs = MODULES[name]
    check_module(torch, make, *inputs, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("with_states", [False, True])
def test_packed_sequences(kind, with_states):
    found = []
    for library in (torch, rushlight):
        library.manual_seed(1)
        rnn = library.nn.utils.rnn
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = getattr(library.nn, kind)(3, 4, **DEEP, dropout=0.4)
        x = library.tensor(values_of("x"), requires_grad=True)
        packed = rnn.pack_padded_sequence(x, library.tensor([3, 5, 1]), enforce_sorted=False)
        states = [library.tensor(values_of(name), requires_grad=True) for name in "hc"]
        states = states if kind == "LSTM" else states[:1]
        given = (tuple(states) if kind == "LSTM" else states[0],) if with_states else ()
        out, last = layer(packed, *given)
        block, lengths = rnn.pad_packed_sequence(out)
        results = [block, lengths, *tensors_in(last)]
        sum((r * r).sum() for r in results if r.is_floating_point()).backward()
        gradients = [x.grad, *[p.grad for p in layer.parameters()]]
        found.append(results + gradients + [s.grad for s in states if with_states])
    hold_together(*found, 2e-4, 2e-5)


def values_of(name):
    shape = (5, 3, 3) if name == "x" else (4, 3, 4)
    return np.random.default_rng(ord(name)).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_second_gradients(kind):
    found = []
    for library in (torch, rushlight):
        library.manual_seed(1)
        layer = getattr(library.nn, kind)(3, 4, bidirectional=True).double()
        x = library.tensor(values_of("x").astype(np.float64), requires_grad=True)
        leaves = [x, *layer.parameters()]
        out, _ = layer(x)
        first = library.autograd.grad((out * out).sum(), leaves, create_graph=True)
        second = library.autograd.grad(sum((g * g).sum() for g in first), leaves)
        found.append([*first, *second])
    hold_together(*found, 1e-7, 1e-9)


PROGRAMS = """
t.nn.LSTM(3, 4)(x[0, 0])

t.nn.LSTM(3, 4)(t.rand(5, 2, 4))

t.nn.LSTM(3, 4)(x, (t.rand(1, 3, 4), t.rand(1, 2, 4)))

t.nn.LSTM(3, 4)(x, (t.rand(1, 2, 4), t.rand(1, 2, 5)))

t.nn.LSTM(3, 4)(x[:, 0], (t.rand(1, 2, 4), t.rand(1, 2, 4)))

t.nn.LSTM(3, 4)(x, (t.rand(1, 4), t.rand(1, 4)))

t.nn.GRU(3, 4)(x, t.rand(2, 2, 4))

t.nn.GRU(3, 4)(x, t.rand(2, 4))

t.nn.GRU(3, 4)(x[:0])

t.nn.LSTM(3, 4)(x.double())

t.nn.LSTM(3, 0)

t.nn.LSTM(3, 4, 0)

t.nn.LSTM(3, 4.0)

t.nn.LSTM(-1, 4)

t.nn.LSTM(3, 4, proj_size=4)

t.nn.GRU(3, 4, proj_size=2)

t.nn.LSTM(3, 4, dropout=2)

t.nn.LSTM(3, 4, dropout=True)

t.nn.RNN(3, 4, nonlinearity="foo")

t.nn.RNNBase("XX", 3, 4)

t.nn.LSTMCell(3, 4)(x)

t.nn.LSTMCell(3, 4)(t.rand(2, 5))

t.nn.LSTMCell(3, 4)(x[0], (t.rand(3, 4), t.rand(3, 4)))

t.nn.LSTMCell(3, 4)(x[0], (t.rand(2, 5), t.rand(2, 5)))

t.nn.RNNCell(3, 4, nonlinearity="x")(x[0])

r = [[tuple(w.shape) for w in ws] for ws in t.nn.LSTM(3, 4, 2, proj_size=2).all_weights]

r = t.nn.utils.rnn.pack_padded_sequence(x, t.tensor([3, 5]), enforce_sorted=False)

r = t.nn.utils.rnn.pack_padded_sequence(x, [5, 3])

t.nn.utils.rnn.pack_padded_sequence(x, t.tensor([3, 5]))

t.nn.utils.rnn.pack_padded_sequence(x, t.tensor([5, 0]))

t.nn.utils.rnn.pack_padded_sequence(x, [5, 3, 1])

t.nn.utils.rnn.pack_padded_sequence(x, t.tensor([[5, 3]]))

p = t.nn.utils.rnn.pack_padded_sequence(x, t.tensor([3, 5]), enforce_sorted=False)
r = t.nn.utils.rnn.pad_packed_sequence(p, batch_first=True, total_length=7, padding_value=-1.0)

p = t.nn.utils.rnn.pack_padded_sequence(x, t.tensor([3, 5]), enforce_sorted=False)
t.nn.utils.rnn.pad_packed_sequence(p, total_length=3)

p = t.nn.utils.rnn.pack_sequence([t.ones(2), t.zeros(3)], enforce_sorted=False)
r = (p, p.double().data.dtype, t.nn.utils.rnn.unpack_sequence(p))

t.nn.utils.rnn.pack_sequence([t.ones(2), t.ones(3)])

r = t.nn.utils.rnn.pad_sequence([t.ones(2, 3), t.ones(4, 3)], padding_value=2.0)

r = t.nn.utils.rnn.pad_sequence([t.ones(2), t.ones(4)], True, padding_side="left")

t.nn.utils.rnn.pad_sequence([])

t.nn.utils.rnn.pad_sequence(5)

t.nn.utils.rnn.pad_sequence([t.ones(2, 3), t.ones(4, 2)])

t.nn.utils.rnn.pad_sequence([t.ones(2)], padding_side="up")

r = t.nn.utils.rnn.unpad_sequence(x, t.tensor([2, 3]))

r = t.lstm_cell(x[0], (t.ones(2, 4), t.ones(2, 4)), t.ones(16, 3), t.ones(16, 4))

r = t.gru_cell(x[0], t.ones(2, 4), t.ones(12, 3), t.ones(12, 4), t.ones(12), t.ones(12))

r = t.rnn_tanh_cell(x[0], t.ones(2, 4), t.ones(4, 3) / 9, t.ones(4, 4) / 9)
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_programs(program):
    check(torch, program, "t.manual_seed(0)\nx = t.arange(30.0).reshape(5, 2, 3) / 30\n")
