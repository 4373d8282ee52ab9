"""How tensors and storages are written out: PyTorch's printed forms, to the character.

Works on plain ndarrays in three steps: keep the elements that are shown, turn each into text and
settle the column width, then lay the texts out in brackets and lines.
May import: core.
"""

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import compress, islice
from typing import Any

import numpy as np

from . import state

ELLIPSIS_ROW = "..."
ELLIPSIS_CELL = " ..."  # two spaces before the dots, where every other element has one


class PrintOptions:
    """What `set_printoptions` sets; `sci_mode` None leaves the choice to the numbers."""

    def __init__(self) -> None:
        self.precision: int = 4
        self.threshold: float = 1000
        self.edgeitems: int = 3
        self.linewidth: float = 80
        self.sci_mode: bool | None = None


PROFILES = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": float("inf"), "edgeitems": 3, "linewidth": 80},
}

state.shared.print_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: float | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed, in every thread; what is None stays, except `sci_mode`.

    `precision` is the number of decimals, `threshold` the number of elements above which only
    `edgeitems` at each end of each dimension are shown, `linewidth` the columns of a line;
    `profile` is "default", "short" or "full", and the other arguments override it. `sci_mode`
    forces scientific notation on or off; as in PyTorch, every call sets it, None included.
    Raises ValueError for values with which nothing could be printed, and then changes nothing.

    >>> import numpy as np
    >>> from rushlight.core import printing
    >>> printing.set_printoptions(precision=2)
    >>> printing.tensor_repr(np.array([0.5, 0.25]), "float32")
    'tensor([0.50, 0.25])'
    >>> printing.set_printoptions(profile="default")
    """
    if profile is not None and profile not in PROFILES:
        known = ", ".join(map(repr, PROFILES))
        raise ValueError(f"set_printoptions: profile must be one of {known}, but got {profile!r}")
    chosen: dict[str, Any] = dict(PROFILES[profile]) if profile is not None else {}
    if precision is not None:
        chosen["precision"] = _count("precision", precision)
    if threshold is not None:
        chosen["threshold"] = _number("threshold", threshold)
    if edgeitems is not None:
        chosen["edgeitems"] = _count("edgeitems", edgeitems)
    if linewidth is not None:
        chosen["linewidth"] = _number("linewidth", linewidth)
    chosen["sci_mode"] = sci_mode
    _assign(chosen)


def get_printoptions() -> dict[str, Any]:
    """The options that `set_printoptions` sets, by name, as a dict of their own.

    >>> from rushlight.core import printing
    >>> printing.get_printoptions()["precision"]
    4
    """
    return dict(vars(state.shared.print_options))


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Set print options inside a `with` block, and put the old ones back after it.

    Takes the arguments of `set_printoptions` and raises what it raises.

    >>> import numpy as np
    >>> from rushlight.core import printing
    >>> with printing.printoptions(sci_mode=True):
    ...     print(printing.tensor_repr(np.array(0.5), "float32"))
    tensor(5.0000e-01)
    """
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        _assign(before)


def tensor_repr(
    array: np.ndarray,
    dtype_name: str,
    *,
    default_float: str = "float32",
    requires_grad: bool = False,
    grad_fn: str | None = None,
    tangent: str | None = None,
    device: str | None = None,
    prefix: str = "tensor(",
    contents: str | None = None,
) -> str:
    """The printed form of a tensor with these elements, `prefix` to closing bracket.

    `array` has any shape and a bool, integer, float (also bfloat16) or complex dtype.
    `dtype_name` is PyTorch's name for it; `dtype=` is left out where it is `default_float`, its
    complex counterpart, int64 or bool (for an empty tensor, only where it is `default_float`).
    `grad_fn` is the node's name ("AddBackward0") and wins over `requires_grad`; `device` is
    written only if given; `contents` stands in for the elements.

    >>> import numpy as np
    >>> from rushlight.core import printing
    >>> print(printing.tensor_repr(np.eye(2), "float64", grad_fn="AddBackward0"))
    tensor([[1., 0.],
            [0., 1.]], dtype=torch.float64, grad_fn=<AddBackward0>)
    """
    options: PrintOptions = state.shared.print_options
    if contents is None:
        contents = _contents(array, len(prefix), options)
    suffixes = _description(array, dtype_name, default_float, device, options.edgeitems)
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")
    return _with_suffixes(prefix + contents, suffixes, len(prefix), options.linewidth)


def storage_repr(flat: np.ndarray, dtype_name: str | None, device: str = "cpu") -> str:
    """The printed form of a storage: each element on a line, then what kind of storage it is.

    `flat` is the whole storage, 1-d. With `dtype_name` it is a typed storage; with None an untyped
    one, and `flat` holds its bytes.

    >>> import numpy as np
    >>> from rushlight.core import printing
    >>> print(printing.storage_repr(np.array([1.0, 4.0]), "float32").lstrip())
    1.0
     4.0
    [torch.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 2]
    """
    kind = f"TypedStorage(dtype=torch.{dtype_name}, device={device})"
    if dtype_name is None:
        kind = f"UntypedStorage(device={device})"
    lines = "\n ".join(map(str, _exact(flat).tolist()))
    return f" {lines}\n[torch.storage.{kind} of size {flat.size}]"


def _assign(values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(state.shared.print_options, name, value)


def _count(name: str, value: Any) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        count = -1
    if count < 0 or isinstance(value, bool):
        raise ValueError(f"set_printoptions: {name} must be an int >= 0, but got {value!r}")
    return count


def _number(name: str, value: Any) -> Any:
    if not isinstance(value, int | float | np.number) or value != value:
        raise ValueError(f"set_printoptions: {name} must be a number, but got {value!r}")
    return value


# --- what is shown ---------------------------------------------------------------------------


def _contents(array: np.ndarray, indent: int, options: PrintOptions) -> str:
    """The elements in brackets; `indent` is the column in which they start."""
    if array.size == 0:
        return "[]"
    cuts = [False] * array.ndim
    if array.size > options.threshold:
        if options.edgeitems == 0 and array.ndim > 0:
            return "[...]"
        cuts = [size > 2 * options.edgeitems for size in array.shape]
        array = _edges(array, cuts, options.edgeitems)
    texts, width = _cells(array.ravel(), options)
    if array.ndim == 0:
        return texts[0]
    return _brackets(iter(texts), list(array.shape), cuts, indent, width, options)


def _edges(array: np.ndarray, cuts: list[bool], edgeitems: int) -> np.ndarray:
    """The array without what lies between the first and last `edgeitems` of each cut dim."""
    kept = [
        np.r_[0:edgeitems, size - edgeitems : size] if cut else np.arange(size)
        for size, cut in zip(array.shape, cuts)
    ]
    return array[np.ix_(*kept)]


# --- numbers to texts ------------------------------------------------------------------------


def _exact(values: np.ndarray) -> np.ndarray:
    """The values in a dtype of NumPy's own, whose `tolist` gives plain Python numbers."""
    if values.dtype.kind in "biufc":
        return values
    return values.astype(np.float32)  # bfloat16 and the float8 types, whose values float32 holds


def _cells(flat: np.ndarray, options: PrintOptions) -> tuple[list[str], int]:
    """Each element as text, padded to its column, and the width the columns count as."""
    flat = _exact(flat)
    if flat.dtype.kind == "c":
        real, real_width = _float_texts(np.real(flat), options)
        imaginary, imaginary_width = _float_texts(np.imag(flat), options)
        signed = [text if text[0] == "-" else "+" + text for text in imaginary]
        # The imaginary part is not padded, though the line breaks reckon with its widest.
        texts = [a.rjust(real_width) + b + "j" for a, b in zip(real, signed)]
        return texts, real_width + imaginary_width + 1
    if flat.dtype.kind == "f":
        texts, width = _float_texts(flat, options)
    else:
        texts = [str(number) for number in flat.tolist()]
        width = max(map(len, texts))
    return [text.rjust(width) for text in texts], width


def _float_texts(flat: np.ndarray, options: PrintOptions) -> tuple[list[str], int]:
    """Each float as text, not padded, and the width of the widest that is finite and not 0."""
    flat = flat.astype(np.float64)
    measured = np.isfinite(flat) & (flat != 0)
    whole, scientific = _notation(flat[measured])
    if options.sci_mode is not None and measured.any():
        scientific = bool(options.sci_mode)
    if scientific:
        spec = f".{options.precision}e"
    else:
        spec = ".0f" if whole else f".{options.precision}f"
    texts = [format(number, spec) for number in flat.tolist()]
    if whole and not scientific:
        texts = [text if text[-1] in "fn" else text + "." for text in texts]  # not to inf and nan
    return texts, max(map(len, compress(texts, measured.tolist())), default=1)


def _notation(magnitudes: np.ndarray) -> tuple[bool, bool]:
    """Whether all are whole numbers, and whether scientific notation shows them better."""
    if magnitudes.size == 0:
        return True, False
    whole = bool((magnitudes == np.floor(magnitudes)).all())
    magnitudes = np.abs(magnitudes)
    smallest, largest = float(magnitudes.min()), float(magnitudes.max())
    scientific = largest / smallest > 1000 or largest > 1e8 or (not whole and smallest < 1e-4)
    return whole, scientific


# --- texts to lines --------------------------------------------------------------------------


def _brackets(
    cells: Iterator[str],
    shape: list[int],
    cuts: list[bool],
    indent: int,
    width: int,
    options: PrintOptions,
) -> str:
    """The next cells, as many as `shape` holds, in nested brackets that open at `indent`."""
    if len(shape) > 1:
        parts = [
            _brackets(cells, shape[1:], cuts[1:], indent + 1, width, options)
            for _ in range(shape[0])
        ]
        if cuts[0]:
            parts.insert(options.edgeitems, ELLIPSIS_ROW)
        gap = "\n" * (len(shape) - 1)
        return "[" + ("," + gap + " " * (indent + 1)).join(parts) + "]"
    row = list(islice(cells, shape[0]))
    if cuts[0]:
        row.insert(options.edgeitems, ELLIPSIS_CELL)
    room = min(options.linewidth - indent, (width + 2) * len(row))  # finite even if the line is not
    per_line = max(1, int(room // (width + 2)))
    lines = [", ".join(row[i : i + per_line]) for i in range(0, len(row), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _implied_dtypes(default_float: str) -> tuple[str, ...]:
    """The dtypes that a reader infers from the elements, so that they are not written."""
    wide = default_float == "float64"
    return (default_float, "complex128" if wide else "complex64", "int64", "bool")


def _description(
    array: np.ndarray,
    dtype_name: str,
    default_float: str,
    device: str | None,
    edgeitems: int,
) -> list[str]:
    """What is written after the elements about device, shape and dtype."""
    suffixes = [] if device is None else [f"device='{device}'"]
    empty = array.size == 0
    if (empty and array.ndim != 1) or (not empty and edgeitems == 0):
        suffixes.append(f"size={array.shape}")
    if dtype_name not in ((default_float,) if empty else _implied_dtypes(default_float)):
        suffixes.append(f"dtype=torch.{dtype_name}")
    return suffixes


def _with_suffixes(text: str, suffixes: list[str], indent: int, linewidth: float) -> str:
    """Add the suffixes and the closing bracket, each on a new line where it would not fit."""
    # PyTorch counts two columns more than it fills, until the first suffix on a line of its own.
    column = len(text) - (text.rfind("\n") + 1) + 2
    pieces = [text]
    for suffix in suffixes:
        if column + len(suffix) + 2 > linewidth:
            pieces.append(",\n" + " " * indent + suffix)
            column = indent + len(suffix)
        else:
            pieces.append(", " + suffix)
            column += len(suffix) + 2
    return "".join(pieces) + ")"
