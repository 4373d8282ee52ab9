"""From PyTorch's objects to rushlight's: tensors, samples, functions.

Both libraries get fresh tensors of the same memory: sizes, strides and offset into the storage
are those of the sample.
May import: everything.
"""

import functools
import types
from typing import Any

import ml_dtypes
import numpy as np
import torch
from torch.testing._internal.opinfo.core import OpInfo

import rushlight
from rushlight.tensor import wrap

MAKERS = "torch.testing."  # where the database's own small functions come from


class NotTranslated(Exception):
    """A sample holds something that rushlight has no counterpart of, such as a sparse tensor."""


class Translator:
    """Copies the tensors of one sample for one library; the same tensor twice stays one tensor."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.memory: dict[int, Any] = {}  # a copied storage, by its address
        self.alive: list[Any] = []  # the storages, so that no other takes their addresses
        self.tensors: dict[int, tuple[Any, Any]] = {}
        self.sources: list[torch.Tensor] = []

    def __call__(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            known = self.tensors.get(id(value))
            if known is None:
                known = self.tensors[id(value)] = (value, self.tensor(value))
            return known[1]
        if isinstance(value, list):
            return [self(item) for item in value]
        if isinstance(value, torch.Size):
            return self.library.Size(value)
        if isinstance(value, tuple):
            return tuple(self(item) for item in value)
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(self(value.start), self(value.stop), self(value.step))
        return value if self.library is torch else plain(value)

    def tensor(self, value: torch.Tensor) -> Any:
        """A leaf with the same elements, strides, offset, dtype and requires_grad."""
        if value.device.type != "cpu":
            raise NotTranslated(f"a tensor on {value.device}")
        if value.dim() > 64:
            raise NotTranslated("a tensor of more dims than NumPy has")
        if value.layout is not torch.strided or value.is_quantized:
            raise NotTranslated(f"a tensor of layout {value.layout}")
        source = value.detach().resolve_conj().resolve_neg()
        self.sources.append(source)  # or another could come to stand at the same address
        storage = source.untyped_storage()
        memory = self.memory.get(storage.data_ptr())
        if memory is None or not storage.nbytes():
            memory = storage.clone()
            if self.library is not torch:
                memory = torch.empty(0, dtype=torch.uint8).set_(memory).numpy()
            self.memory[storage.data_ptr()] = memory
        if self.library is torch:
            result = torch.empty(0, dtype=source.dtype)
            result.set_(memory, source.storage_offset(), source.shape, source.stride())
        else:
            dtype = numpy_dtype(source.dtype)
            strides = [step * dtype.itemsize for step in source.stride()]
            offset = source.storage_offset() * dtype.itemsize
            if source.numel():
                array = np.ndarray(tuple(source.shape), dtype, memory, offset, strides)
            else:
                array = np.empty(tuple(source.shape), dtype)
            result = wrap(array)
        return result.requires_grad_() if value.requires_grad else result


def numpy_dtype(dtype: torch.dtype) -> np.dtype:
    """NumPy's dtype of PyTorch's."""
    name = str(dtype).removeprefix("torch.")
    if name == "bfloat16":
        return np.dtype(ml_dtypes.bfloat16)
    try:
        return np.dtype(name)
    except TypeError:
        raise NotTranslated(f"a tensor of {dtype}") from None


def plain(value: Any) -> Any:
    """Ours for a value of PyTorch's that holds no tensor."""
    if isinstance(value, torch.dtype | torch.memory_format | torch.layout):
        name = str(value).removeprefix("torch.")
        if not hasattr(rushlight, name):
            raise NotTranslated(str(value))
        return getattr(rushlight, name)
    if isinstance(value, torch.device):
        return rushlight.device(str(value))
    if isinstance(value, torch.Generator):
        return rushlight.Generator().manual_seed(value.initial_seed())
    if isinstance(value, torch.nn.Module):
        ours = getattr(rushlight.nn, type(value).__name__)()
        for key, item in vars(value).items():
            if isinstance(item, bool | int | float | str):
                setattr(ours, key, item)
        return ours
    if isinstance(value, OpInfo):  # callable, but asked for its name alone
        return value
    return function(value) if callable(value) else value


def lookup(path: str) -> Any:
    """What stands under a dotted name in rushlight, or among Tensor's methods; None if nothing."""
    found: Any = rushlight
    for part in path.split("."):
        found = getattr(found, part, None)
    # some names are a method and a dtype
    return found if callable(found) else getattr(rushlight.Tensor, path, None)


def function(theirs: Any) -> Any:
    """Ours for a function of PyTorch's; a function of the database's own sees `torch` as us."""
    if isinstance(theirs, functools.partial):
        return functools.partial(function(theirs.func), *theirs.args, **theirs.keywords)
    if isinstance(theirs, types.FunctionType) and theirs.__module__.startswith(MAKERS):
        names = {**theirs.__globals__, "torch": rushlight, "wrapper_set_seed": seeded}
        names["F"] = rushlight.nn.functional
        closure = theirs.__closure__
        if closure is not None:
            closure = tuple(types.CellType(plain(cell.cell_contents)) for cell in closure)
        ours = types.FunctionType(
            theirs.__code__, names, theirs.__name__, theirs.__defaults__, closure
        )
        ours.__kwdefaults__ = theirs.__kwdefaults__
        return ours
    module = getattr(theirs, "__module__", None) or ""
    name = getattr(theirs, "__name__", None)
    if name is None:
        return theirs
    if module.startswith("torch."):
        return lookup(f"{module.removeprefix('torch.')}.{name}") or lookup(name)
    return lookup(name) if module in ("", "torch") and hasattr(torch, name) else theirs


def seeded(function: Any, *args: Any, **kwargs: Any) -> Any:
    """The database runs random functions from this seed."""
    rushlight.manual_seed(42)
    return function(*args, **kwargs)


class Variants:
    """The forms in which the two libraries have an operator, as pairs (theirs, ours)."""

    def __init__(self, op: Any) -> None:
        self.op = op
        # a few are a change in place alone
        named = lookup(op.name) or lookup(f"{op.name}_")
        self.present = named is not None
        own = isinstance(op.op, types.FunctionType) and op.op.__module__.startswith(MAKERS)
        self.function = (op.op, function(op.op) if own else named)
        self.method = self.pair(op.method_variant, op.name)
        in_place = op.name if op.name.endswith("_") else f"{op.name}_"
        self.in_place = self.pair(op.inplace_variant, in_place)
        self.operator = (op.operator_variant,) * 2 if op.operator_variant else None
        # `x += y` rebinds a name, which the functions of the operator module return
        augmented = op.inplace_operator_variant
        self.augmented = (augmented,) * 2 if augmented else None

    def pair(self, theirs: Any, name: str) -> tuple[Any, Any] | None:
        """The method of that name in both, or the database's own function for it."""
        if theirs is None:
            return None
        if isinstance(theirs, types.FunctionType | functools.partial):
            return theirs, function(theirs)
        return theirs, getattr(rushlight.Tensor, name, None)
