"""Storage: the one run of memory that a tensor and all its views share.

A CPU tensor's memory belongs to an ndarray; a storage is made the first time somebody needs to
know who shares it (a view, an in-place change, a saved value), never on the path of `a + b`.
May import: core.
"""

import weakref
from typing import Any

import numpy as np

from . import dtype as dtypes
from .printing import storage_repr
from .state import thread
from .tracing import address_of


class Storage:
    """Memory shared by a tensor and its views, and the count of in-place changes made to it."""

    # Class attributes are the defaults: making a storage sets `owner` alone, for it is made on
    # the path of every recorded operation that saves its result.
    version = 0
    views: list[weakref.ref] | None = None
    _bytes: np.ndarray | None = None
    _typed: dict[Any, Any] | None = None

    def __init__(self, array: np.ndarray) -> None:
        while isinstance(array.base, np.ndarray):
            array = array.base
        self.owner = array

    @property
    def pointer(self) -> int:
        """The address of the first byte."""
        return address_of(self.owner)

    @classmethod
    def over(cls, array: np.ndarray) -> "Storage":
        """The storage that starts at this array's first element, whatever array it views."""
        storage = cls(array)
        storage.owner = array
        return storage

    def untracked(self) -> "Storage":
        """The same memory with a count of its own, for `.data`, whose changes go unnoticed."""
        other = type(self)(self.owner)
        other.owner = self.owner
        other._bytes = self._bytes
        other._typed = self._faces()
        return other

    @property
    def bytes(self) -> np.ndarray:
        """All of the memory as a flat array of bytes."""
        if self._bytes is None:
            # outermost dim first: the order in which the owner's memory is one straight line
            order = sorted(range(self.owner.ndim), key=lambda d: -abs(self.owner.strides[d]))
            straight = self.owner.transpose(order)
            if straight.flags.c_contiguous:
                self._bytes = straight.reshape(-1).view(np.uint8)
            else:  # a NumPy slice brought in by from_numpy: all from its first to its last byte
                low, high = np.lib.array_utils.byte_bounds(self.owner)
                self._bytes = np.lib.stride_tricks.as_strided(
                    self.owner.view(np.uint8) if self.owner.ndim == 0 else _first_byte(self.owner),
                    (high - low,),
                    (1,),
                )
        return self._bytes

    def offset_of(self, array: np.ndarray) -> int:
        """Where the array starts in this memory, in elements of its dtype."""
        return (address_of(array) - self.pointer) // array.itemsize

    def add_view(self, view: Any) -> None:
        """Remembers a view weakly, so that an in-place change can correct its history."""
        views = self.views
        if views is None:
            self.views = [weakref.ref(view)]
            return
        if len(views) >= 16 and not len(views) & (len(views) - 1):
            # at every power of two, forget the dead: constant work per view in the long run
            self.views = views = [ref for ref in views if ref() is not None]
        views.append(weakref.ref(view))

    def typed(self, dtype: dtypes.dtype | None) -> "TypedStorage | UntypedStorage":
        """The public face of this memory: always the same object.

        The typed one, made for old programs, is kept (`id(x.storage())` stays what it was), though
        the two then wait for the garbage collector; the bytes' face lives while somebody holds it.
        """
        faces = self._faces()
        if dtype is not None:
            found = faces.get(dtype)
            if found is None:
                found = faces[dtype] = TypedStorage(self, dtype)
            return found
        reference = faces.get(None)
        untyped = None if reference is None else reference()
        if untyped is None:
            untyped = UntypedStorage(self)
            faces[None] = weakref.ref(untyped)
        return untyped

    def _faces(self) -> dict[Any, Any]:
        if self._typed is None:
            self._typed = {}
        return self._typed


class InferenceStorage(Storage):
    """The memory of a tensor made in inference mode, which counts no changes.

    Whoever asks for the count outside of that mode, to change the memory or to rely on it later,
    gets a RuntimeError.
    """

    @property
    def version(self) -> int:  # type: ignore[override]
        """0 in inference mode; RuntimeError outside."""
        if thread.inference:
            return 0
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed."
            "You can make a clone to get a normal tensor before doing inplace update."
            "See https://github.com/pytorch/rfcs/pull/17 for more details."
        )

    @version.setter
    def version(self, value: int) -> None:
        pass


def _first_byte(array: np.ndarray) -> np.ndarray:
    return array[(slice(0, 1),) * array.ndim].reshape(-1)[:1].view(np.uint8)


class UntypedStorage:
    """The bytes under a tensor: `tensor.untyped_storage()`.

    >>> torch.zeros(3).untyped_storage().nbytes()
    12
    """

    __slots__ = ("__weakref__", "_storage")

    _dtype = dtypes.uint8

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    @property
    def _flat(self) -> np.ndarray:
        return self._storage.bytes.view(self._dtype.numpy)

    def __len__(self) -> int:
        return self._flat.size

    def size(self) -> int:
        """The number of elements (of bytes, in an untyped storage)."""
        return self._flat.size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._storage.bytes.size

    def element_size(self) -> int:
        """The number of bytes an element takes."""
        return self._dtype.itemsize

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return self._storage.pointer

    def tolist(self) -> list:
        """The elements as Python numbers."""
        return self._flat.tolist()

    def __getitem__(self, index: Any) -> Any:
        found = self._flat[index]
        return found.tolist() if isinstance(index, slice) else found.item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._storage.version += 1
        self._flat[index] = value

    def __iter__(self) -> Any:
        return iter(self.tolist())

    @property
    def device(self) -> str:
        """The name of the device, `cpu`."""
        return "cpu"

    def __repr__(self) -> str:
        return storage_repr(self._flat, None)


class TypedStorage(UntypedStorage):
    """The elements under a tensor in the order of memory: `tensor.storage()`.

    >>> a = torch.tensor([[1.0, 4.0], [2.0, 1.0]])
    >>> a.storage() is a.t().storage(), len(a.storage())
    (True, 4)
    """

    __slots__ = ("_dtype",)

    def __init__(self, storage: Storage, dtype: dtypes.dtype) -> None:
        super().__init__(storage)
        self._dtype = dtype

    @property
    def dtype(self) -> dtypes.dtype:
        """The dtype of the elements."""
        return self._dtype

    def untyped(self) -> Any:
        """The same memory as bytes."""
        return self._storage.typed(None)

    def __repr__(self) -> str:
        return storage_repr(self._flat, self._dtype.name)
