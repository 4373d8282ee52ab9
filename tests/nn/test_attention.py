"""Attention against its formula in NumPy, its gradients, and what Transformers promise.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradcheck, gradgradcheck
from rushlight.ops.attention import plain_weights

F, nn = torch.nn.functional, torch.nn
random = np.random.default_rng(0)
attend = F.scaled_dot_product_attention


def values(*shape):
    return torch.tensor(random.normal(size=shape), requires_grad=True)


def formula(q, k, v, allowed=None, scale=None):
    scores = q @ k.swapaxes(-1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v


def test_attention_is_its_formula():
    q, k, v = values(2, 3, 4, 5), values(2, 3, 6, 5), values(2, 3, 6, 2)
    arrays = [t.detach().numpy() for t in (q, k, v)]
    np.testing.assert_allclose(attend(q, k, v).detach().numpy(), formula(*arrays))
    allowed = random.random((4, 6)) > 0.4
    allowed[:, 0] = True
    found = attend(q, k, v, torch.tensor(allowed), scale=0.3).detach().numpy()
    np.testing.assert_allclose(found, formula(*arrays, allowed, 0.3))
    found = attend(q, k, v, is_causal=True).detach().numpy()
    np.testing.assert_allclose(found, formula(*arrays, np.tri(4, 6, dtype=bool)))


def test_heads_can_be_shared():
    q, k = values(2, 4, 3, 5), values(2, 2, 3, 5)
    repeated = k.repeat_interleave(2, 1)
    shared = attend(q, k, k, enable_gqa=True)
    np.testing.assert_array_equal(
        shared.detach().numpy(), attend(q, repeated, repeated).detach().numpy()
    )


def test_a_query_that_may_see_nothing_gives_zeros_and_no_gradient():
    q, k = values(2, 3), values(2, 3)
    mask = torch.tensor([[True, True], [False, False]])
    out = attend(q, k, k, mask)
    out.sum().backward()
    assert out[1].tolist() == [0, 0, 0] and q.grad[1].tolist() == [0, 0, 0]
    assert np.isfinite(k.grad.numpy()).all()
    assert gradgradcheck(lambda q, k: attend(q, k, k, mask), (q, k))


def test_gradients_of_both_orders():
    inputs = values(2, 3, 4), values(2, 5, 4), values(2, 5, 2)
    bias = values(3, 5)
    for function in (
        attend,
        lambda q, k, v: attend(q, k, v, is_causal=True),
        lambda q, k, v: attend(q[0], k, v, scale=2.0),
    ):
        assert gradcheck(function, inputs) and gradgradcheck(function, inputs)
    masked = lambda q, k, v, m: attend(q, k, v, m)
    assert gradcheck(masked, (*inputs, bias)) and gradgradcheck(masked, (*inputs, bias))


def test_the_fused_kernel_equals_the_plain_ops():
    q, k, v = values(2, 3, 4), values(2, 3, 4), values(2, 3, 4)
    plain = plain_weights(q, k, None, 0.5, True) @ v
    fused = attend(q, k, v, is_causal=True)
    np.testing.assert_allclose(fused.detach().numpy(), plain.detach().numpy())
    for a, b in zip(
        torch.autograd.grad(fused.sum(), (q, k, v)),
        torch.autograd.grad(plain.sum(), (q, k, v)),
        strict=True,
    ):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-12)


def test_batch_first_is_the_same_attention():
    torch.manual_seed(0)
    one = nn.MultiheadAttention(4, 2)
    other = nn.MultiheadAttention(4, 2, batch_first=True)
    other.load_state_dict(one.state_dict())
    x, y = torch.rand(3, 2, 4), torch.rand(5, 2, 4)
    a, weights = one(x, y, y)
    b, same = other(x.transpose(0, 1), y.transpose(0, 1), y.transpose(0, 1))
    np.testing.assert_allclose(a.detach().numpy(), b.transpose(0, 1).detach().numpy(), rtol=1e-5)
    np.testing.assert_allclose(weights.detach().numpy(), same.detach().numpy(), rtol=1e-5)
    np.testing.assert_allclose(weights.sum(-1).detach().numpy(), np.ones((2, 3)), rtol=1e-5)
    seen, nothing = one(x, y, y, need_weights=False)
    assert nothing is None
    np.testing.assert_allclose(seen.detach().numpy(), a.detach().numpy(), rtol=1e-4, atol=1e-6)


def test_a_causal_transformer_cannot_see_the_future():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0)
    model = nn.TransformerEncoder(layer, 2)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    x = torch.rand(5, 1, 4)
    before = model(x, mask)
    x[3:] = 7.0
    after = model(x, mask)
    np.testing.assert_allclose(before[:3].detach().numpy(), after[:3].detach().numpy(), rtol=1e-5)
    assert not np.allclose(before[3:].detach().numpy(), after[3:].detach().numpy())


def test_dropout_draws_in_the_order_of_the_memory():
    torch.manual_seed(0)
    plain = F.dropout(torch.ones(3, 4))
    torch.manual_seed(0)
    turned = F.dropout(torch.ones(3, 4).t())
    np.testing.assert_array_equal(turned.numpy(), plain.t().numpy())


def test_errors():
    x = torch.rand(3, 2, 4)
    with pytest.raises(RuntimeError, match="same dtype"):
        attend(x, x.double(), x)
    with pytest.raises(RuntimeError, match="should not be set when is_causal"):
        attend(x, x, x, torch.ones(2, 2), is_causal=True)
    with pytest.raises(AssertionError, match="divisible by num_heads"):
        nn.MultiheadAttention(5, 2)
    with pytest.raises(RuntimeError, match="2D attn_mask"):
        nn.MultiheadAttention(4, 2)(x, x, x, attn_mask=torch.zeros(2, 2))
