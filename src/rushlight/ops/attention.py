"""Attention: each query's average of the values, weighed by how well their keys match it.

One op with a kernel for its gradient; the same in plain ops serves dropout, second derivatives
and compilers.
May import: core, tensor, ops.
"""

import math
from typing import Any

import numpy as np

from ..core.dtype import HALVES
from ..core.layout import broadcast_shapes
from ..core.state import thread
from ..tensor import Tensor, wrap
from .arranging import repeat_interleave
from .batching import leading
from .dropout import dropout
from .fused import require_tensor
from .op import Op, ndarray
from .softmax import softmax

__all__: list[str] = []

_NO = float("-inf")


def _wide(array: ndarray) -> ndarray:
    return array.astype(np.float32) if array.dtype in HALVES else array


def _earlier(rows: int, columns: int) -> ndarray:
    """Where a causal query may look: at its own place and before."""
    return np.tri(rows, columns, dtype=bool)


def _weights(
    query: ndarray, key: ndarray, mask: ndarray | None, scale: float, causal: bool
) -> ndarray:
    """softmax(query @ key.T * scale) where the masks allow, zeros where they allow nothing."""
    scores = np.matmul(query * query.dtype.type(scale), key.swapaxes(-1, -2))
    if causal:
        np.copyto(scores, _NO, where=~_earlier(*scores.shape[-2:]))
    if mask is not None:
        if mask.dtype.kind == "b":
            scores = np.where(mask, scores, scores.dtype.type(_NO))
        else:
            scores = scores + mask.astype(scores.dtype, copy=False)
    if not scores.shape[-1]:
        return scores
    largest = np.maximum.reduce(scores, -1, keepdims=True)
    if mask is not None:
        largest[largest == _NO] = 0  # nothing is allowed: exp gives zeros, not NaN
    scores -= largest
    np.exp(scores, out=scores)
    total = np.add.reduce(scores, -1, keepdims=True)
    if mask is not None:
        total[total == 0] = 1
    scores /= total
    return scores


def _kernel(
    query: ndarray,
    key: ndarray,
    value: ndarray,
    mask: ndarray | None,
    *,
    scale: float,
    causal: bool,
) -> tuple[ndarray, ndarray]:
    weights = _weights(_wide(query), _wide(key), mask, scale, causal)
    out = np.matmul(weights, _wide(value))
    return out.astype(query.dtype, copy=False), weights


def _masked(scores: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
    if causal:
        scores = scores.masked_fill(wrap(~_earlier(*scores._array.shape[-2:])), _NO)
    if mask is None:
        return scores
    if mask._array.dtype.kind == "b":
        return scores.masked_fill(wrap(~mask._array), _NO)
    return scores + mask


def plain_weights(
    query: Tensor, key: Tensor, mask: Tensor | None, scale: float, causal: bool
) -> Tensor:
    """The weights of the values in plain ops."""
    scores = _masked((query * scale) @ key.transpose(-2, -1), mask, causal)
    if mask is None:
        return softmax(scores, -1)
    nothing = wrap((scores._array == _NO).all(-1, keepdims=True))
    return softmax(scores.masked_fill(nothing, 0), -1).masked_fill(nothing, 0)


def _gradient(
    g: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, result: Any, scale: float,
    causal: bool, needs: tuple,
) -> list:  # fmt: skip
    if thread.grad_enabled:
        weights = plain_weights(query, key, mask, scale, causal)
        return _plain_gradients(g[0], query, key, value, weights, scale, needs)
    weights = result[1]._array
    slope, q, k, v = (_wide(t._array) for t in (g[0], query, key, value))
    found: list[Any] = [None, None, None, None]
    if needs[2]:
        found[2] = np.matmul(weights.swapaxes(-1, -2), slope)
    if needs[0] or needs[1] or needs[3]:
        change = np.matmul(slope, v.swapaxes(-1, -2))
        change -= np.vecdot(change, weights)[..., None]
        change *= weights
        if needs[3]:
            found[3] = change
        if needs[0] or needs[1]:
            change = change * change.dtype.type(scale)
        if needs[0]:
            found[0] = np.matmul(change, k)
        if needs[1]:
            found[1] = np.matmul(change.swapaxes(-1, -2), q)
    return [None if array is None else wrap(array) for array in found]


def _plain_gradients(
    g: Tensor, query: Tensor, key: Tensor, value: Tensor, weights: Tensor, scale: float,
    needs: tuple,
) -> list:  # fmt: skip
    found: list[Any] = [None, None, None, None]
    if needs[2]:
        found[2] = weights.transpose(-2, -1) @ g
    change = g @ value.transpose(-2, -1)
    change = weights * (change - (change * weights).sum(-1, keepdim=True))
    if needs[0]:
        found[0] = change @ key * scale
    if needs[1]:
        found[1] = change.transpose(-2, -1) @ query * scale
    if needs[3]:
        found[3] = change
    return found


_attention = Op(
    "scaled_dot_product_attention",
    _kernel,
    _gradient,
    backward="ScaledDotProductFlashAttentionForCpuBackward0",
    batch=leading(2, 2, 2, 2),
)


def _check(query: Any, key: Any, value: Any, mask: Any, causal: bool) -> None:
    for position, (name, given) in enumerate((("query", query), ("key", key), ("value", value)), 1):
        require_tensor(given, "scaled_dot_product_attention", name, position)
    if not query.dtype == key.dtype == value.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{query.dtype} key.dtype: {key.dtype} and value.dtype: {value.dtype} instead."
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if query._array.dtype.kind not in "fV":
        raise RuntimeError(f"expected scalar type Float but found {query.dtype.title}")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise RuntimeError(
            "scaled_dot_product_attention: Expected size for the last dims of query (L, E), key "
            f"(S, E) and value (S, V), but got {list(query.shape)}, {list(key.shape)} and "
            f"{list(value.shape)}"
        )
    if mask is None:
        return
    if causal:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
            "is_causal=True"
        )
    kind = mask._array.dtype
    if kind.kind != "b" and kind != query._array.dtype and kind != np.float32:
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
            f"attn_mask.dtype: {mask.dtype} and  query.dtype: {query.dtype} instead."
        )


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key.T * scale + mask) @ value, the attention of Vaswani et al., 2017.

    Shapes (..., L, E), (..., S, E) and (..., S, V) to (..., L, V). A bool mask (..., L, S) says
    which keys take part, a float one is added; `is_causal` lets query i see keys 0 to i. The scale
    is 1/sqrt(E) unless given. With `enable_gqa` several heads of the query share one of key and
    value (dim -3). A query that may see nothing gives zeros. RuntimeError for shapes and dtypes
    that do not fit.

    >>> q, k = torch.tensor([[1.0, 0.0]]), torch.eye(2)
    >>> torch.nn.functional.scaled_dot_product_attention(q, k, k)
    tensor([[0.6698, 0.3302]])
    """
    _check(query, key, value, attn_mask, is_causal)
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if enable_gqa:
        key, value = _shared(query, key, "key"), _shared(query, value, "value")
    if scale is None:
        scale = 1 / math.sqrt(query._array.shape[-1] or 1)
    shape = broadcast_shapes(*[t._array.shape[:-2] for t in (query, key, value)])
    if attn_mask is not None:
        wanted = (*shape, query._array.shape[-2], key._array.shape[-2])
        broadcast_shapes(wanted, attn_mask._array.shape)
    if dropout_p > 0:
        dtype = query.dtype
        if query._array.dtype in HALVES:
            query, key, value = query.float(), key.float(), value.float()
        weights = plain_weights(query, key, attn_mask, scale, is_causal)
        return (dropout(weights, dropout_p) @ value).to(dtype)
    return _attention(query, key, value, attn_mask, scale=scale, causal=is_causal)[0]


def _shared(query: Tensor, shared: Tensor, name: str) -> Tensor:
    """The heads of key or value, each as often as heads of the query use it."""
    heads, given = query.shape[-3], shared.shape[-3]
    if heads == given:
        return shared
    if given == 0 or heads % given:
        raise RuntimeError(
            "Number of heads in key and value must divide the number of heads in query: got "
            f"{given} for the {name} and {heads} for the query"
        )
    return repeat_interleave(shared, heads // given, -3)
