"""Multi-head attention: projections into several heads, attention in each, and a last projection.

May import: core, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..tensor import Tensor, wrap
from .attention import scaled_dot_product_attention
from .dropout import dropout
from .filled import zeros
from .joining import cat
from .linear import linear
from .softmax import softmax

__all__: list[str] = []


def require(met: bool, message: str) -> None:
    """AssertionError, which PyTorch raises here, unless the condition is met."""
    if not met:
        raise AssertionError(message)


def additive_mask(mask: Tensor | None, name: str, dtype: Any) -> Tensor | None:
    """The mask as numbers to add to scores: where a bool one is True, minus infinity."""
    if mask is None or mask._array.dtype.kind in "fV":
        return mask
    require(mask._array.dtype.kind == "b", f"only bool and floating types of {name} are supported")
    return zeros(tuple(mask.shape), dtype=dtype).masked_fill(mask, float("-inf"))


def _check_shapes(
    query: Tensor, key: Tensor, value: Tensor, padding: Any, mask: Any, heads: int
) -> bool:
    """Whether there is a dim for the batch."""
    dims = query.ndim
    require(
        dims in (2, 3),
        f"query should be unbatched 2D or batched 3D tensor but received {dims}-D query tensor",
    )
    kind = "batched (3-D)" if dims == 3 else "unbatched (2-D)"
    require(
        key.ndim == value.ndim == dims,
        f"For {kind} `query`, expected `key` and `value` to be {dims}-D but found {key.ndim}-D and "
        f"{value.ndim}-D tensors respectively",
    )
    require(
        padding is None or padding.ndim == dims - 1,
        f"For {kind} `query`, expected `key_padding_mask` to be `None` or {dims - 1}-D but found "
        f"{None if padding is None else padding.ndim}-D tensor instead",
    )
    if mask is not None:
        require(
            mask.ndim in (2, 3),
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
            f"{mask.ndim}-D tensor instead",
        )
        wanted = (heads, query.shape[0], key.shape[0])
        require(
            dims == 3 or mask.ndim == 2 or tuple(mask.shape) == wanted,
            f"Expected `attn_mask` shape to be {wanted} but got {tuple(mask.shape)}",
        )
    return dims == 3


def _projected(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor, bias: Tensor | None
) -> tuple[Tensor, ...]:
    """All three through one weight (3E, E); in one product when they are one tensor."""
    size = query.shape[-1]
    if query is key and key is value:
        return linear(query, weight, bias).split(size, -1)
    if key is value:
        own, shared = weight.split([size, 2 * size])
        b_own, b_shared = (None, None) if bias is None else bias.split([size, 2 * size])
        return linear(query, own, b_own), *linear(key, shared, b_shared).split(size, -1)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    parts = zip((query, key, value), weight.chunk(3), biases, strict=True)
    return tuple([linear(x, w, b) for x, w, b in parts])


def _one_more(mask: Tensor | None) -> Tensor | None:
    """The mask with one more key, which everybody sees."""
    if mask is None:
        return None
    return cat([mask, mask.new_zeros((*mask.shape[:-1], 1))], -1)


def _in_heads(x: Tensor, static: Tensor | None, heads: int, size: int, name: str) -> Tensor:
    """(L, N, E) as (N * heads, L, E / heads)."""
    length, batch, _ = x.shape
    if static is None:
        return x.reshape(length, batch * heads, size).transpose(0, 1)
    require(
        static.shape[0] == batch * heads,
        f"expecting {name}.size(0) of {batch * heads}, but got {static.shape[0]}",
    )
    require(
        static.shape[2] == size, f"expecting {name}.size(2) of {size}, but got {static.shape[2]}"
    )
    return static


def _checked_mask(mask: Tensor | None, queries: int, keys: int, rows: int) -> Tensor | None:
    """The mask with three dims."""
    if mask is None:
        return None
    shape = tuple(mask.shape)
    wanted = (queries, keys) if mask.ndim == 2 else (rows, queries, keys)
    if shape != wanted:
        raise RuntimeError(
            f"The shape of the {mask.ndim}D attn_mask is {mask.shape}, but should be {wanted}."
        )
    return mask.unsqueeze(0) if mask.ndim == 2 else mask


def _with_padding(mask: Tensor | None, padding: Tensor | None, heads: int) -> Tensor | None:
    """Both masks in one, (1 or N * heads, L or 1, S)."""
    if padding is None:
        return mask
    batch, keys = padding.shape
    spread = padding.view(batch, 1, 1, keys).expand(-1, heads, -1, -1)
    spread = spread.reshape(batch * heads, 1, keys)
    return spread if mask is None else mask + spread


def _projections(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor | None, separate: Any, bias: Any
) -> tuple[Tensor, ...]:
    """Query, key and value through their first linear maps."""
    if separate is None:
        require(
            key.shape == value.shape,
            f"key shape {key.shape} does not match value shape {value.shape}",
        )
        require(weight is not None, "use_separate_proj_weight is False but in_proj_weight is None")
        assert weight is not None
        return _projected(query, key, value, weight, bias)
    require(
        key.shape[:2] == value.shape[:2],
        f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}",
    )
    for name, given in zip("qkv", separate, strict=True):
        require(
            given is not None, f"use_separate_proj_weight is True but {name}_proj_weight is None"
        )
    biases = (None, None, None) if bias is None else bias.chunk(3)
    parts = zip((query, key, value), separate, biases, strict=True)
    return tuple([linear(x, w, b) for x, w, b in parts])


def _attend(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float
) -> tuple[Tensor, Tensor]:
    """Attention that also tells its weights."""
    scores = (q * math.sqrt(1.0 / q.shape[-1])) @ k.transpose(-2, -1)
    weights = softmax(scores if mask is None else scores + mask, -1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p)
    return weights @ v, weights


def _with_bias(
    k: Tensor, v: Tensor, bias_k: Any, bias_v: Any, static_k: Any, static_v: Any
) -> tuple[Tensor, Tensor]:
    """Keys and values with one more of each, the same for every sample."""
    require(bias_v is not None, "bias_k is set but bias_v is None")
    require(bias_k is not None, "bias_v is set but bias_k is None")
    require(static_k is None, "bias cannot be added to static key.")
    require(static_v is None, "bias cannot be added to static value.")
    batch = k.shape[1]
    return cat([k, bias_k.repeat(1, batch, 1)]), cat([v, bias_v.repeat(1, batch, 1)])


def _check_padding(padding: Tensor | None, batch: int, keys: int) -> None:
    if padding is None:
        return
    for dim, (found, wanted) in enumerate(zip(padding.shape, (batch, keys), strict=True)):
        require(
            found == wanted,
            f"Expected key_padded_mask.shape[{dim}] to be {wanted}, but got {found}",
        )


def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
    in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None,
    bias_v: Tensor | None, add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor,
    out_proj_bias: Tensor | None, training: bool = True, key_padding_mask: Tensor | None = None,
    need_weights: bool = True, attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None, static_v: Tensor | None = None,
    average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """The attention of `torch.nn.MultiheadAttention` with all its weights as arguments.

    Shapes (L, N, E), (S, N, E) and (S, N, E), or without N, to (L, N, E); the weights (N, L, S),
    or (N, heads, L, S) unless averaged, are None unless needed. In a bool mask True hides a key.
    AssertionError and RuntimeError for shapes that do not fit.

    >>> x, eye = torch.ones(2, 1, 4), torch.eye(4)
    >>> rest = (torch.cat([eye] * 3), None, None, None, False, 0.0, eye, None)
    >>> torch.nn.functional.multi_head_attention_forward(x, x, x, 4, 2, *rest)[0].shape
    torch.Size([2, 1, 4])
    """
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        one = query is key and key is value
        query = query.unsqueeze(1)
        key, value = (query, query) if one else (key.unsqueeze(1), value.unsqueeze(1))
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    length, batch, embed_dim = query.shape
    rows = batch * num_heads
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    padding = additive_mask(key_padding_mask, "key_padding_mask", query.dtype)
    is_causal = is_causal and padding is None and not need_weights
    mask = None if is_causal else additive_mask(attn_mask, "attn_mask", query.dtype)
    require(
        embed_dim == embed_dim_to_check,
        f"was expecting embedding dimension of {embed_dim_to_check}, but got {embed_dim}",
    )
    size = embed_dim // num_heads
    require(
        size * num_heads == embed_dim,
        f"embed_dim {embed_dim} not divisible by num_heads {num_heads}",
    )
    separate = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = _projections(query, key, value, in_proj_weight, separate, in_proj_bias)
    mask = _checked_mask(mask, length, key.shape[0], rows)
    if bias_k is not None or bias_v is not None:
        k, v = _with_bias(k, v, bias_k, bias_v, static_k, static_v)
        mask, padding = _one_more(mask), _one_more(padding)
    q = _in_heads(q, None, num_heads, size, "query")
    k = _in_heads(k, static_k, num_heads, size, "static_k")
    v = _in_heads(v, static_v, num_heads, size, "static_v")
    if add_zero_attn:
        k, v = (cat([x, x.new_zeros((rows, 1, size))], 1) for x in (k, v))
        mask, padding = _one_more(mask), _one_more(padding)
    keys = k.shape[1]
    _check_padding(padding, batch, keys)
    mask = _with_padding(mask, padding, num_heads)
    dropout_p = dropout_p if training else 0.0
    weights = None
    if need_weights:
        out, weights = _attend(q, k, v, mask, dropout_p)
        weights = weights.view(batch, num_heads, length, keys)
        if average_attn_weights:
            weights = weights.mean(1)
    else:
        out = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal)
    out = out.transpose(0, 1).reshape(length * batch, embed_dim)
    out = linear(out, out_proj_weight, out_proj_bias)
    out = out.view(length, batch, out.shape[1])
    if not batched:
        out = out.squeeze(1)
        weights = None if weights is None else weights.squeeze(0)
    return out, weights


def causal_mask(size: int, dtype: Any) -> Tensor:
    """Zeros where a place may look (itself and before), minus infinity elsewhere."""
    hidden = wrap(~np.tri(size, dtype=bool))
    return zeros((size, size), dtype=dtype).masked_fill(hidden, float("-inf"))
