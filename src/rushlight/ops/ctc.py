"""Connectionist temporal classification: the likelihood of a labelling, over all its alignments.

May import: core, tensor, ops.
"""

from typing import Any

import numpy as np

from ..tensor import Tensor
from .fused import require_reduction
from .op import Op, ndarray

__all__ = ["ctc_loss"]

_NO = float("-inf")


def _extended(labels: ndarray, lengths: ndarray, blank: int) -> tuple[ndarray, ndarray, ndarray]:
    """The states an alignment walks through: blank, first label, blank, ..., blank.

    With them, whether a state may be reached from two states before (between labels that differ),
    and how many states each sample has.
    """
    samples, longest = labels.shape
    states = np.full((samples, 2 * longest + 1), blank, np.int64)
    states[:, 1::2] = labels
    skips = np.zeros(states.shape, bool)
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    return states, skips, 2 * lengths + 1


def _log_sum(*terms: ndarray) -> ndarray:
    """log(sum(exp(terms))), minus infinity of minus infinities."""
    largest = np.maximum(np.maximum(terms[0], terms[1]), terms[2])
    largest[largest == _NO] = 0
    total = np.exp(terms[0] - largest)
    for term in terms[1:]:
        total += np.exp(term - largest)
    return np.log(total, out=total) + largest


def _unless(allowed: ndarray, dtype: Any) -> ndarray:
    """What to add to a log-probability: nothing where it is allowed, else minus infinity."""
    return np.where(allowed, 0, _NO).astype(dtype)


def _picked(log_probs: ndarray, states: ndarray, counts: ndarray) -> ndarray:
    """The log-probability of each state at each time, (T, N, states); none where there is none."""
    picked = np.take_along_axis(log_probs, states[None], 2)
    exists = np.arange(states.shape[1]) < counts[:, None]
    return np.where(exists, picked, picked.dtype.type(_NO))


def _forward(picked: ndarray, skips: ndarray) -> ndarray:
    """The log-probability of all ways to each state, (T, N, states)."""
    times, samples, states = picked.shape
    leap = _unless(skips, picked.dtype)
    # with two more states in front, which no way leads to
    alpha = np.full((times, samples, states + 2), _NO, picked.dtype)
    alpha[0, :, 2:4] = picked[0, :, :2]
    for time in range(1, times):
        before = alpha[time - 1]
        ways = _log_sum(before[:, 2:], before[:, 1:-1], before[:, :-2] + leap)
        np.add(ways, picked[time], out=alpha[time, :, 2:])
    return alpha[:, :, 2:]


def _backward(picked: ndarray, skips: ndarray, steps: ndarray, counts: ndarray) -> ndarray:
    """The log-probability of all ways on from each state, its own included, (T, N, states)."""
    times, samples, states = picked.shape
    places = np.arange(states)
    # a way ends in the last state or the one before it
    ends = (places == counts[:, None] - 1) | (places == counts[:, None] - 2)
    at_end = _unless(ends, picked.dtype)
    leap = np.full(picked.shape[1:], _NO, picked.dtype)
    leap[:, :-2] = _unless(skips, picked.dtype)[:, 2:]
    # with two more states behind, which no way goes on from
    beta = np.full((times + 1, samples, states + 2), _NO, picked.dtype)
    for time in reversed(range(times)):
        after = beta[time + 1]
        ways = _log_sum(after[:, :-2], after[:, 1:-1], after[:, 2:] + leap)
        last = steps == time + 1
        if last.any():
            ways[last] = at_end[last]
        np.add(ways, picked[time], out=beta[time, :, :-2])
    return beta[:-1, :, :-2]


def _kernel(
    log_probs: ndarray, *, states: ndarray, skips: ndarray, counts: ndarray, steps: ndarray,
    zero_infinity: bool,
) -> ndarray:  # fmt: skip
    samples = np.arange(len(states))
    if not len(log_probs):
        likelihood = np.where(counts == 1, 0, _NO).astype(log_probs.dtype)
        losses = -likelihood
    else:
        with np.errstate(all="ignore"):
            alpha = _forward(_picked(log_probs, states, counts), skips)
            last = alpha[np.maximum(steps, 1) - 1, samples]
            end = last[samples, counts - 1]
            label = np.where(counts > 1, last[samples, np.maximum(counts - 2, 0)], _NO)
            losses = -np.logaddexp(end, label).astype(log_probs.dtype)
        none = np.where(counts == 1, 0, np.inf).astype(losses.dtype)
        losses = np.where(steps == 0, none, losses)
    if zero_infinity:
        losses[np.isposinf(losses)] = 0
    return losses


def _slope(
    gradient: ndarray, log_probs: ndarray, losses: ndarray, *, states: ndarray, skips: ndarray,
    counts: ndarray, steps: ndarray, zero_infinity: bool,
) -> ndarray:  # fmt: skip
    """What each class's share in all alignments falls short of its probability.

    As PyTorch's it takes for granted that the probabilities of a time sum to 1, and equals the
    plain derivative once it has passed log_softmax.
    """
    if not log_probs.size:
        return np.zeros_like(log_probs)
    with np.errstate(all="ignore"):
        picked = _picked(log_probs, states, counts)
        ways = _forward(picked, skips) + _backward(picked, skips, steps, counts) - picked
        ways[picked == _NO] = _NO
        # NaN, as in PyTorch, where the loss is infinite
        share = np.exp(ways + losses[:, None])
    # every state's share to its class: at each time and for each sample, a bin for each class
    rows = np.arange(log_probs.shape[0] * log_probs.shape[1]).reshape(*log_probs.shape[:2], 1)
    bins = rows * log_probs.shape[2] + states
    shares = np.bincount(bins.reshape(-1), share.reshape(-1), log_probs.size)
    shares = shares.reshape(log_probs.shape).astype(log_probs.dtype)
    out = (np.exp(log_probs) - shares) * gradient[:, None]
    out[np.arange(len(log_probs))[:, None] >= steps] = 0
    if zero_infinity:
        out[:, losses == 0] = 0
    return out


def _no_second(g: Tensor) -> Tensor:
    raise RuntimeError(
        "derivative for aten::_ctc_loss_backward is not implemented: ctc_loss has a gradient of "
        "the first order only"
    )


_ctc_backward = Op("ctc_loss_backward", _slope, (_no_second, _no_second, _no_second))
_ctc = Op(
    "ctc_loss",
    _kernel,
    (
        lambda g, log_probs, result, states, skips, counts, steps, zero_infinity: _ctc_backward(
            g, log_probs, result, states=states, skips=skips, counts=counts, steps=steps,
            zero_infinity=zero_infinity,
        ),
    ),
)  # fmt: skip


def _lengths(given: Any, name: str, samples: int) -> ndarray:
    array = given._array if isinstance(given, Tensor) else np.asarray(given)
    if array.dtype.kind not in "iu":
        raise RuntimeError(f"{name} must be integral")
    array = array.reshape(-1).astype(np.int64)
    if len(array) != samples:
        raise RuntimeError(f"{name} must be of size batch_size: {samples}, not {len(array)}")
    return array


def _labels(targets: Tensor, lengths: ndarray) -> ndarray:
    """The targets as (N, longest), from that shape or one after the other."""
    array = targets._array.astype(np.int64, copy=False)
    where = "(while checking arguments for ctc_loss_allocate_outputs)"
    if (lengths < 0).any():
        raise RuntimeError(
            f"Expected target_lengths to have value at least 0, but got value {lengths.min()} "
            + where
        )
    longest = int(lengths.max(initial=0))
    if array.ndim == 1:
        if len(array) != lengths.sum():
            raise RuntimeError(
                f"Expected tensor to have size {lengths.sum()} at dimension 0, but got size "
                f"{len(array)} for argument #2 'targets' {where}"
            )
        labels = np.zeros((len(lengths), longest), np.int64)
        labels[np.arange(longest) < lengths[:, None]] = array
        return labels
    if array.ndim != 2 or array.shape[1] < longest:
        found = array.shape[1] if array.ndim == 2 else array.ndim
        raise RuntimeError(
            f"Expected tensor to have size at least {longest} at dimension 1, but got size {found} "
            f"for argument #2 'targets' {where}"
        )
    return array[:, :longest]


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the log of the probability of all alignments of the targets (Graves et al., 2006).

    Shapes (T, N, C) or (T, C) of log-probabilities, and (N, S) or all targets in one row. The mean
    is over losses divided by their targets' lengths. `zero_infinity` makes impossible targets
    count nothing. RuntimeError for lengths and labels that do not fit.

    >>> log_probs = torch.tensor([[[0.4, 0.6]], [[0.5, 0.5]]]).log()
    >>> target = torch.tensor([[1]])
    >>> torch.nn.functional.ctc_loss(log_probs, target, [2], [1], reduction="sum").exp()
    tensor(1.2500)
    """
    require_reduction(reduction)
    if log_probs._array.dtype.name not in ("float32", "float64"):
        raise NotImplementedError(f"\"ctc_loss_cpu\" not implemented for '{log_probs.dtype.title}'")
    batched = log_probs.ndim == 3
    if not batched:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.ndim == 1 else targets
    times, samples, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: {blank} is none of {classes} classes")
    steps = _lengths(input_lengths, "input_lengths", samples)
    lengths = _lengths(target_lengths, "target_lengths", samples)
    if (steps > times).any():
        raise RuntimeError(
            f"Expected input_lengths to have value at most {times}, but got value {steps.max()} "
            "(while checking arguments for ctc_loss_allocate_outputs)"
        )
    labels = _labels(targets, lengths)
    used = np.where(np.arange(labels.shape[1]) < lengths[:, None], labels, 0)
    if used.size and not 0 <= used.min() <= used.max() < classes:
        raise RuntimeError(f"ctc_loss: a target label is none of the {classes} classes")
    states, skips, counts = _extended(used, lengths, blank)
    losses = _ctc(
        log_probs, states=states, skips=skips, counts=counts, steps=steps,
        zero_infinity=zero_infinity,
    )  # fmt: skip
    if reduction == "none":
        return losses if batched else losses.squeeze(0)
    if reduction == "sum":
        return losses.sum()
    divisors = losses.new_tensor(np.maximum(lengths, 1))
    return (losses / divisors).mean()
