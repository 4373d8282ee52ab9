"""Attention and Transformers on PyTorch and here: modules, functions, errors.

May import: everything.
"""

import warnings

import numpy as np
import pytest

import rushlight
from tests.parity.modules_side_by_side import check_module
from tests.parity.side_by_side import check, programs

torch = pytest.importorskip("torch")

random = np.random.default_rng(5)


def values(*shape):
    return random.normal(size=shape).astype(np.float32)


X, Y, Z = values(3, 2, 4), values(5, 2, 4), values(5, 2, 3)
CAUSAL = np.triu(np.ones((3, 3), bool), 1)
FLOATING = np.where(CAUSAL, -np.inf, 0).astype(np.float32)
PADDED = np.array([[False, False, True], [False, False, False]])
BIASED = {"add_bias_kv": True, "add_zero_attn": True}
SMALL = {"dim_feedforward": 6, "dropout": 0.0}


def attention(**settings):
    return lambda nn: nn.MultiheadAttention(4, 2, **settings)


def encoder(**settings):
    return lambda nn: nn.TransformerEncoderLayer(4, 2, **{**SMALL, **settings})


def decoder(**settings):
    return lambda nn: nn.TransformerDecoderLayer(4, 2, **{**SMALL, **settings})


MODULES = {
    "attention": (attention(), {}, X, Y, Y),
    "self attention": (attention(), {}, X, X, X),
    "attention of one": (attention(), {}, X[:, 0], Y[:, 0], Y[:, 0]),
    "attention batch first": (attention(batch_first=True), {}, X, X, X),
    "attention with bias": (attention(**BIASED), {"key_padding_mask": PADDED}, X, X, X),
    "attention without bias": (attention(bias=False), {"need_weights": False}, X, X, X),
    "attention other sizes": (attention(kdim=4, vdim=3), {}, X, Y, Z),
    "attention dropout": (attention(dropout=0.5), {}, X, X, X),
    "attention dropout unseen": (attention(dropout=0.5), {"need_weights": False}, X, X, X),
    "attention masked": (attention(), {"attn_mask": CAUSAL, "key_padding_mask": PADDED}, X, X, X),
    "attention of heads": (attention(), {"average_attn_weights": False}, X, X, X),
    "attention causal": (
        attention(), {"attn_mask": FLOATING, "is_causal": True, "need_weights": False}, X, X, X
    ),
    "encoder layer": (encoder(), {}, X),
    "encoder layer gelu": (encoder(activation="gelu", batch_first=True), {}, X),
    "encoder layer first": (encoder(norm_first=True, bias=False), {"src_mask": CAUSAL}, X),
    "encoder layer dropout": (encoder(dropout=0.3), {"src_key_padding_mask": PADDED}, X),
    "decoder layer": (decoder(), {"tgt_mask": FLOATING, "tgt_is_causal": True}, X, Y),
    "decoder layer first": (decoder(norm_first=True, dropout=0.2), {}, X, Y),
    "encoder": (
        lambda nn: nn.TransformerEncoder(encoder()(nn), 2, nn.LayerNorm(4)), {"mask": FLOATING}, X
    ),
    "decoder": (
        lambda nn: nn.TransformerDecoder(decoder()(nn), 2, nn.LayerNorm(4)), {}, X, Y
    ),
    "transformer": (lambda nn: nn.Transformer(4, 2, 2, 2, **SMALL), {}, X, Y),
    "transformer batch first": (
        lambda nn: nn.Transformer(4, 2, 1, 1, dim_feedforward=5, batch_first=True),
        {"tgt_mask": CAUSAL}, X.swapaxes(0, 1), X.swapaxes(0, 1) * 2,
    ),
    "transformer of one": (lambda nn: nn.Transformer(4, 2, 1, 1, **SMALL), {}, X[:, 0], Y[:, 0]),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, keywords, *inputs = MODULES[name]
    check_module(torch, make, *inputs, rtol=2e-4, atol=2e-5, **keywords)


def test_padding_comes_back_as_zeros_without_gradients():
    results = []
    for library in (torch, rushlight):
        library.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = library.nn.TransformerEncoderLayer(4, 2, 6, batch_first=True)
            model = library.nn.TransformerEncoder(layer, 2, library.nn.LayerNorm(4)).eval()
            with library.no_grad():
                x = library.tensor(X.swapaxes(0, 1).copy())
                results.append(model(x, src_key_padding_mask=library.tensor(PADDED)))
    np.testing.assert_allclose(results[1].numpy(), results[0].numpy(), atol=2e-6)


PROGRAMS = """
f(q[0, 0, 0], q[0, 0, 0], q[0, 0, 0])

f(q, q, q, t.ones(4, 4).double())

f(q, q, q, t.ones(4, 4).long())

f(q, q.double(), q)

f(q.long(), q.long(), q.long())

f(q, q, q, dropout_p=1.5)

f(t.rand(2, 3, 4, 3), q, q, enable_gqa=True)

r = f(q, q, q, scale=2.0)

r = f(q, q, q, t.eye(4).bool() & (t.arange(4) > 0))

r = f(q, q[:, :1], q[:, :1], enable_gqa=True)

r = f(q, q, q[..., :2], is_causal=True)

r = f(q[:, :, :2], q, q, is_causal=True)

r = f(q.requires_grad_(), q, q).grad_fn.name()

r = f(q, q[:, :, :0], q[:, :, :0])

a(x, x[:2], x)

a(x[0], x, x)

a(x, x, x, key_padding_mask=t.zeros(3, 2, dtype=t.bool))

a(x, x, x, attn_mask=t.zeros(2, 2))

a(x, x, x, attn_mask=t.zeros(2, 3, 3))

a(x, x, x, attn_mask=t.zeros(3))

a(x, x, x, attn_mask=t.zeros(3, 3).long())

a(x, x, x, is_causal=True)

a(t.rand(3, 2, 5), x, x)

a(x[None], x, x)

t.nn.MultiheadAttention(5, 2)

t.nn.MultiheadAttention(0, 2)

t.nn.TransformerEncoderLayer(4, 2, activation="foo")

t.nn.Transformer(4, 2, 1, 1, 4)(t.rand(3, 2, 4), t.rand(3, 3, 4))

t.nn.Transformer(4, 2, 1, 1, 4)(t.rand(3, 2, 5), t.rand(3, 2, 5))

r = t.nn.Transformer.generate_square_subsequent_mask(3)
"""


@pytest.mark.parametrize("program", programs(PROGRAMS))
def test_programs(program):
    before = """
t.manual_seed(0)
f = t.nn.functional.scaled_dot_product_attention
q = t.arange(48.0).reshape(2, 2, 4, 3) / 48
a = t.nn.MultiheadAttention(4, 2)
x = t.rand(3, 2, 4)
"""
    check(torch, program, before)
