"""`torch.testing`: two results held against each other, and random tensors to try things on.

May import: core, tensor, ops.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .core import dtype as dtypes
from .core.dtype import BOOL, COMPLEX, INTEGER
from .ops.complex_numbers import view_as_complex
from .ops.creation import as_tensor
from .ops.filled import empty
from .ops.random import randint
from .tensor import Tensor

__all__ = ["assert_close", "make_tensor"]

# relative and absolute tolerance of each dtype; of all others nothing may differ
TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}
NUMBERS = (int, float, complex)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable | None = None,
) -> None:
    """AssertionError unless |actual - expected| <= atol + rtol * |expected| everywhere.

    Takes tensors, arrays, numbers, and sequences and mappings of them. The tolerances are those
    of the dtype unless both are given. TypeError for what cannot be compared.

    >>> torch.testing.assert_close(torch.tensor([1.0]), torch.tensor([1.0 + 1e-7]))
    """
    if (rtol is None) != (atol is None):
        missing = "rtol" if rtol is None else "atol"
        raise ValueError(
            f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}."
        )
    comparison = _Comparison(
        None if rtol is None or atol is None else (rtol, atol),
        equal_nan,
        check_dtype,
        check_stride,
        allow_subclasses,
    )
    found = comparison.difference(actual, expected)
    if found is None:
        return
    text, path = found
    if path:
        text += f"\n\nThe failure occurred for item {path}"
    raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)


Found = tuple[str, str] | None  # what differs, and where in the containers


class _Comparison:
    """One call of `assert_close`: what it was asked to look at, and how closely."""

    def __init__(
        self,
        tolerances: tuple[float, float] | None,
        equal_nan: bool,
        check_dtype: bool,
        check_stride: bool,
        allow_subclasses: bool,
    ) -> None:
        self.tolerances = tolerances
        self.equal_nan = equal_nan
        self.check_dtype = check_dtype
        self.check_stride = check_stride
        self.allow_subclasses = allow_subclasses

    def difference(self, actual: Any, expected: Any) -> Found:
        """The first difference, or None."""
        if isinstance(actual, Mapping) and isinstance(expected, Mapping):
            return self._mappings(actual, expected)
        if _is_sequence(actual) and _is_sequence(expected):
            return self._sequences(actual, expected)
        if actual is None or expected is None:
            if actual is expected:
                return None
            return f"None mismatch: {actual} is not {expected}", ""
        if isinstance(actual, (bool, np.bool_)) and isinstance(expected, (bool, np.bool_)):
            if actual == expected:
                return None
            return f"Booleans mismatch: {actual} is not {expected}", ""
        if isinstance(actual, NUMBERS) and isinstance(expected, NUMBERS):
            return self._numbers(actual, expected)
        return self._tensors(*self._as_tensors(actual, expected))

    def _mappings(self, actual: Mapping, expected: Mapping) -> Found:
        missing, added = expected.keys() - actual.keys(), actual.keys() - expected.keys()
        if missing or added:
            return (
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {sorted(missing, key=str)}\n"
                f"Additional keys in the actual mapping: {sorted(added, key=str)}"
            ), ""
        return self._items({key: (actual[key], expected[key]) for key in expected})

    def _sequences(self, actual: Any, expected: Any) -> Found:
        if len(actual) != len(expected):
            return f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", ""
        return self._items(dict(enumerate(zip(actual, expected, strict=True))))

    def _items(self, pairs: dict) -> Found:
        for key, (one, other) in pairs.items():
            found = self.difference(one, other)
            if found is not None:
                return found[0], f"[{key!r}]{found[1]}"
        return None

    def _numbers(self, actual: Any, expected: Any) -> Found:
        if self.check_dtype and type(actual) is not type(expected):
            return f"The (d)types do not match: {type(actual)} != {type(expected)}.", ""
        kinds = {int: dtypes.int64, float: dtypes.float64, complex: dtypes.complex128}
        pair = [kinds.get(type(value), dtypes.int64) for value in (actual, expected)]
        return self._scalars(actual, expected, self._tolerances_of(*pair))

    def _scalars(self, actual: Any, expected: Any, tolerances: tuple[float, float]) -> Found:
        rtol, atol = tolerances
        both_nan = actual != actual and expected != expected
        gap = abs(actual - expected)
        if actual == expected or (both_nan and self.equal_nan):
            return None
        if gap <= atol + rtol * abs(expected) < np.inf:
            return None
        exact = not (rtol or atol)
        share = gap / abs(expected) if expected else float("inf")
        return (
            f"Scalars are not {'equal' if exact else 'close'}!\n\n"
            f"Expected {expected} but got {actual}.\n"
            f"Absolute difference: {gap}{'' if exact else f' (up to {atol} allowed)'}\n"
            f"Relative difference: {share}{'' if exact else f' (up to {rtol} allowed)'}"
        ), ""

    def _tolerances_of(self, *pair: dtypes.dtype) -> tuple[float, float]:
        if self.tolerances is not None:
            return self.tolerances
        allowed = [TOLERANCES.get(d, (0.0, 0.0)) for d in pair]
        return max([a[0] for a in allowed]), max([a[1] for a in allowed])

    def _as_tensors(self, actual: Any, expected: Any) -> tuple[Tensor, Tensor]:
        related = type(actual) is type(expected) or (
            self.allow_subclasses
            and (isinstance(actual, type(expected)) or isinstance(expected, type(actual)))
        )
        arrays = all([isinstance(v, Tensor) or hasattr(v, "__array__") for v in (actual, expected)])
        if not related or not arrays:
            raise TypeError(
                "No comparison pair was able to handle inputs of type "
                f"{type(actual)} and {type(expected)}."
            )
        return as_tensor(actual).detach(), as_tensor(expected).detach()

    def _tensors(self, actual: Tensor, expected: Tensor) -> Found:
        attributes: list[tuple[str, Any, Any]] = [("shape", actual.shape, expected.shape)]
        if self.check_dtype:
            attributes.append(("dtype", actual.dtype, expected.dtype))
        if self.check_stride:
            attributes.append(("stride()", actual.stride(), expected.stride()))
        for name, one, other in attributes:
            if one != other:
                return f"The values for attribute '{name}' do not match: {one} != {other}.", ""
        tolerances = self._tolerances_of(actual.dtype, expected.dtype)
        common = dtypes.promote_types(actual.dtype, expected.dtype).numpy
        one, other = [_comparable(t._array.astype(common)) for t in (actual, expected)]
        if not one.ndim:
            return self._scalars(one.item(), other.item(), tolerances)
        return self._elements(one, other, tolerances)

    def _elements(self, actual: Any, expected: Any, tolerances: tuple[float, float]) -> Found:
        rtol, atol = tolerances
        close = np.asarray(actual == expected)
        with np.errstate(all="ignore"):
            if actual.dtype.kind in "fc":
                gap = np.abs(actual - expected)
                allowed = atol + rtol * np.abs(expected)
                close = close | ((gap <= allowed) & np.isfinite(allowed))
                if self.equal_nan:
                    close = close | (np.isnan(actual) & np.isnan(expected))
                share = gap / np.abs(expected)
            else:
                one, other = actual.astype(np.int64), expected.astype(np.int64)
                gap = np.abs(one - other)
                share = gap.astype(np.float32) / np.abs(other).astype(np.float32)
        if close.all():
            return None
        wrong, total = int((~close).sum()), close.size
        exact = not (rtol or atol)
        lines = [
            f"Tensor-likes are not {'equal' if exact else 'close'}!\n",
            f"Mismatched elements: {wrong} / {total} ({wrong / total:.1%})",
        ]
        for kind, values, limit in (("absolute", gap, atol), ("relative", share, rtol)):
            worst = np.where(close, 0, values)
            place = np.unravel_index(int(worst.argmax()), worst.shape)
            at = tuple([int(i) for i in place])
            within = "" if exact else f" (up to {limit} allowed)"
            lines.append(f"Greatest {kind} difference: {worst[place].item()} at index {at}{within}")
        return "\n".join(lines), ""


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _comparable(array: Any) -> Any:
    return array.astype(np.float32) if array.dtype in dtypes.HALVES else array


# ---- random tensors


def make_tensor(
    *shape: Any,
    dtype: dtypes.dtype,
    device: Any = None,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A tensor of random numbers in [low, high): by default [-9, 9), [-9, 10) for integers.

    bool takes both values, uint8 those in [0, 10). ValueError for an interval that is empty or
    that the dtype does not hold, and for integers that require grad.

    >>> torch.testing.make_tensor(2, 3, dtype=torch.float32, device="cpu").shape
    torch.Size([2, 3])
    """
    if len(shape) == 1 and isinstance(shape[0], Sequence):
        shape = tuple(shape[0])
    if requires_grad and dtype.category <= INTEGER:
        raise ValueError(
            "`requires_grad=True` is not supported for boolean and integral dtypes, but got "
            f"dtype={dtype!r}"
        )
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"noncontiguous={noncontiguous} and memory_format={memory_format!r}"
        )
    first, last = _interval(dtype, low, high)
    drawn = (*shape[:-1], 2 * shape[-1]) if noncontiguous and shape and 0 not in shape else shape
    result = _drawn(drawn, dtype, device, first, last)
    if drawn != shape:
        result = result[..., 1::2]  # every other element of a wider one
    elif memory_format is not None:
        result = result.clone(memory_format=memory_format)
    if exclude_zero:
        smallest = 1 if dtype.category <= INTEGER else dtypes.finfo(dtype).tiny
        result.masked_fill_(result == 0, smallest)
    return result.requires_grad_() if requires_grad else result


def _interval(dtype: dtypes.dtype, low: Any, high: Any) -> tuple[Any, Any]:
    """The interval to draw from: the given one, inside of what the dtype holds."""
    if dtype.category == BOOL:
        usual, least, most = (0, 2), 0, 2
    elif dtype.category == INTEGER:
        limits = dtypes.iinfo(dtype)
        usual = (-9, 10) if dtype.is_signed else (0, 10)
        least, most = limits.min, limits.max + (dtype is not dtypes.int64)
    else:
        limits = dtypes.finfo(dtype)
        usual, least, most = (-9, 9), limits.min, limits.max
    first, last = usual[0] if low is None else low, usual[1] if high is None else high
    for value in (first, last):
        if isinstance(value, float) and value != value:
            raise ValueError(f"`low` and `high` cannot be NaN, but got low={first} and high={last}")
    if first >= last and not (first == last and dtype.category > INTEGER):
        raise ValueError(f"`low` must be less than `high`, but got {first} >= {last}")
    if last < least or first > most:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{first}, {last}), but {dtype!r} "
            f"only supports [{least}, {most})"
        )
    first, last = max(first, least), min(last, most)
    if dtype.category <= INTEGER:
        return int(np.ceil(first)), int(np.ceil(last))
    return first, last


def _drawn(shape: Any, dtype: dtypes.dtype, device: Any, first: Any, last: Any) -> Tensor:
    if dtype.category <= INTEGER:
        return randint(first, last, shape, dtype=dtypes.int64, device=device).to(dtype)
    if dtype.category == COMPLEX:
        parts = empty((*shape, 2), dtype=dtype.to_real(), device=device).uniform_(first, last)
        return view_as_complex(parts)
    return empty(shape, dtype=dtype, device=device).uniform_(first, last)
