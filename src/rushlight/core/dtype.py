"""Element types under PyTorch's names, and PyTorch's promotion between them.

A `dtype` is a named singleton around a NumPy dtype; promotion works on categories
(bool < integer < floating < complex), so that a Python number never widens a tensor.
May import: core.
"""

from typing import Any

import ml_dtypes
import numpy as np

from . import state

BOOL, INTEGER, FLOATING, COMPLEX = range(4)


class dtype:
    """The type of a tensor's elements, such as `torch.float32`.

    >>> torch.float32.itemsize, torch.float32.is_floating_point
    (4, True)
    >>> torch.half
    torch.float16
    """

    __slots__ = (
        "name",
        "numpy",
        "category",
        "itemsize",
        "is_floating_point",
        "is_complex",
        "is_signed",
        "title",
    )

    def __init__(self, name: str, numpy_type: Any, category: int, title: str) -> None:
        self.name = name
        self.numpy = np.dtype(numpy_type)
        self.category = category
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = category == FLOATING
        self.is_complex = category == COMPLEX
        self.is_signed = name not in ("bool", "uint8")
        self.title = title  # as in "expected scalar type Float but found Double"

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return by_name, (self.name,)

    def to_real(self) -> "dtype":
        """The dtype of the real part."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)

    def to_complex(self) -> "dtype":
        """The complex dtype whose parts have this dtype."""
        return complex128 if self is float64 or self is complex128 else complex64


bool_ = dtype("bool", np.bool_, BOOL, "Bool")
uint8 = dtype("uint8", np.uint8, INTEGER, "Byte")
int8 = dtype("int8", np.int8, INTEGER, "Char")
int16 = dtype("int16", np.int16, INTEGER, "Short")
int32 = dtype("int32", np.int32, INTEGER, "Int")
int64 = dtype("int64", np.int64, INTEGER, "Long")
float16 = dtype("float16", np.float16, FLOATING, "Half")
bfloat16 = dtype("bfloat16", ml_dtypes.bfloat16, FLOATING, "BFloat16")
float32 = dtype("float32", np.float32, FLOATING, "Float")
float64 = dtype("float64", np.float64, FLOATING, "Double")
complex64 = dtype("complex64", np.complex64, COMPLEX, "ComplexFloat")
complex128 = dtype("complex128", np.complex128, COMPLEX, "ComplexDouble")

ALL = (
    bool_,
    uint8,
    int8,
    int16,
    int32,
    int64,
    float16,
    bfloat16,
    float32,
    float64,
    complex64,
    complex128,
)
ALIASES = {
    "half": float16,
    "float": float32,
    "double": float64,
    "short": int16,
    "int": int32,
    "long": int64,
    "cfloat": complex64,
    "cdouble": complex128,
}
# what C++ calls them, which is what many of PyTorch's messages say
CPP_NAMES = {
    "bool": "bool",
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short int",
    "int32": "int",
    "int64": "long int",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "float32": "float",
    "float64": "double",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}
FROM_NUMPY = {d.numpy: d for d in ALL}
# a longlong is an int64 with another C name; NumPy keeps the two apart, PyTorch does not
FROM_NUMPY[np.dtype(np.longlong)] = int64
_BY_NAME = {d.name: d for d in ALL} | ALIASES
HALVES = frozenset((float16.numpy, bfloat16.numpy))

state.shared.default_dtype = float32


def by_name(name: str) -> dtype:
    """The dtype of that PyTorch name."""
    return _BY_NAME[name]


def from_numpy(numpy_dtype: Any) -> dtype:
    """The dtype that holds that NumPy dtype; TypeError when there is none."""
    found = FROM_NUMPY.get(numpy_dtype)
    if found is None:
        names = ", ".join(d.name for d in ALL if d is not bfloat16)
        raise TypeError(
            f"can't convert np.ndarray of type {numpy_dtype}. "
            f"The only supported types are: {names}."
        )
    return found


def get_default_dtype() -> dtype:
    """The floating-point dtype that Python floats become (float32 unless changed).

    >>> torch.get_default_dtype()
    torch.float32
    """
    return state.shared.default_dtype


def set_default_dtype(d: dtype) -> None:
    """Sets the dtype that Python floats become; TypeError unless it is floating-point.

    >>> torch.set_default_dtype(torch.float64)
    >>> torch.tensor([1.5]).dtype
    torch.float64
    >>> torch.set_default_dtype(torch.float32)
    """
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {d}")
    state.shared.default_dtype = d


def default_complex() -> dtype:
    """The complex dtype that Python complex numbers become."""
    return state.shared.default_dtype.to_complex()


def of_number(value: Any) -> dtype:
    """The dtype that a Python number brings to a promotion."""
    kind = type(value)
    if kind is bool:
        return bool_
    if isinstance(value, int):
        return int64
    if isinstance(value, float):
        return state.shared.default_dtype
    if isinstance(value, complex):
        return default_complex()
    if isinstance(value, np.generic):
        return of_number(value.item())
    raise TypeError(f"expected a Tensor or a Number, but got {kind.__name__}")


_OF_PYTHON = {bool: bool_, int: int64, float: float64, complex: complex128}


def given(value: Any, function: str) -> dtype | None:
    """What was given as `dtype=`: a dtype, one of Python's types for it, or None.

    TypeError for anything else.
    """
    if value is None or isinstance(value, dtype):
        return value
    if isinstance(value, type) and value in _OF_PYTHON:
        return _OF_PYTHON[value]
    raise TypeError(
        f"{function}(): argument 'dtype' must be torch.dtype, not {type(value).__name__}"
    )


_promoted: dict[tuple[dtype, dtype], dtype] = {}


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that can hold values of both.

    >>> torch.promote_types(torch.uint8, torch.int8)
    torch.int16
    >>> torch.promote_types(torch.int64, torch.float16)
    torch.float16
    """
    if type1 is type2:
        return type1
    key = (type1, type2)
    found = _promoted.get(key)
    if found is None:
        found = _promoted[key] = _promote(type1, type2)
    return found


def _promote(a: dtype, b: dtype) -> dtype:
    if a.category < b.category:
        a, b = b, a
    if a.category == COMPLEX:
        wide = complex128 in (a, b) or b is float64
        return complex128 if wide else complex64
    if a.category > b.category:
        return a  # a float takes any integer, an integer takes a bool
    if a.category == FLOATING:
        if a.itemsize == b.itemsize:
            return float32  # float16 and bfloat16 hold neither each other's range nor precision
        return a if a.itemsize > b.itemsize else b
    if a.is_signed == b.is_signed:
        return a if a.itemsize > b.itemsize else b
    signed, unsigned = (a, b) if a.is_signed else (b, a)
    return int16 if signed.itemsize <= unsigned.itemsize else signed


def combine(higher: dtype | None, lower: dtype | None) -> dtype | None:
    """Promotion of a dtype with one of less standing (tensors > 0-d tensors > numbers)."""
    if higher is None or lower is None:
        return higher or lower
    if higher.category == COMPLEX:
        return higher
    if higher.category == FLOATING:
        return higher.to_complex() if lower.category == COMPLEX else higher
    if higher.category == BOOL or lower.category >= FLOATING:
        return promote_types(higher, lower)
    return higher


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether PyTorch lets an in-place or `out=` result go from one dtype to the other.

    >>> torch.can_cast(torch.double, torch.float), torch.can_cast(torch.float, torch.int)
    (True, False)
    """
    return from_.category <= to.category


class finfo:
    """The limits of a floating-point dtype.

    >>> torch.finfo(torch.float32).eps
    1.1920928955078125e-07
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: Any = None) -> None:
        d = state.shared.default_dtype if type is None else type.to_real()
        if not d.is_floating_point:
            raise TypeError(
                f"torch.finfo() requires a floating point input type. "
                f"Use torch.iinfo to handle 'torch.finfo', got {d}"
            )
        limits = ml_dtypes.finfo(d.numpy)
        self.bits = d.itemsize * 8
        self.dtype = d.name
        self.eps = float(limits.eps)
        self.max = float(limits.max)
        self.min = float(limits.min)
        self.tiny = self.smallest_normal = float(limits.smallest_normal)
        self.resolution = float(limits.resolution)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.smallest_normal:g}, "
            f"tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype.

    >>> torch.iinfo(torch.int8).max
    127
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: Any) -> None:
        if type.category != INTEGER:
            raise TypeError(
                f"torch.iinfo() requires an integer input type. "
                f"Use torch.finfo to handle 'torch.iinfo', got {type}"
            )
        limits = np.iinfo(type.numpy)
        self.bits = limits.bits
        self.dtype = type.name
        self.min = int(limits.min)
        self.max = int(limits.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
