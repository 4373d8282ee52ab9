"""Listening: while a thread records, tensors give it traced arrays.

The recorder stands between a tensor and its `_array` (and `_grad`), the attributes that every
operation reads and writes; nothing on the usual path of an operation knows of it.
May import: core, tensor, compile.
"""

import threading
from typing import Any

import numpy as np

from ..core.state import thread
from ..tensor import Tensor
from .array import TracedArray
from .graph import OUTSIDE
from .recorder import Recorder

_recording = threading.Lock()


class Listening:
    """A context in which what this thread does with tensors is recorded.

    One thread records at a time; others meanwhile work with plain arrays as ever.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __enter__(self) -> Recorder:
        _recording.acquire()
        thread.recorder = self.recorder
        Tensor._array = property(_get_array, _set_array)  # type: ignore[assignment]
        Tensor._grad = property(_get_grad, _set_grad)  # type: ignore[assignment]
        return self.recorder

    def __exit__(self, *exc: object) -> None:
        thread.recorder = None
        del Tensor._array
        Tensor._grad = None  # the default of a fresh tensor
        for tensor in self.recorder.touched:
            state = tensor.__dict__
            state["_array"] = plain(state["_array"])
            storage = state.get("_storage")
            if storage is not None:
                storage.owner = plain(storage.owner)
                storage._bytes = None
        _recording.release()


def plain(array: Any) -> Any:
    """The concrete array of a traced one."""
    return array.value if type(array) is TracedArray else array


def _get_array(self: Tensor) -> Any:
    state = self.__dict__
    array = state["_array"]
    recorder = thread.recorder
    if recorder is None:
        return plain(array)
    if type(array) is np.ndarray:
        array = state["_array"] = recorder.known(array, OUTSIDE, self)
        recorder.touched.append(self)
    return array


def _set_array(self: Tensor, array: Any) -> None:
    recorder = thread.recorder
    if recorder is not None:
        if type(array) is np.ndarray:
            array = recorder.constant(array)
        recorder.touched.append(self)
    self.__dict__["_array"] = array


def _get_grad(self: Tensor) -> Any:
    grad = self.__dict__.get("_grad")
    recorder = thread.recorder
    if recorder is not None:
        recorder.grads.setdefault(id(self), (self, grad, True))
    return grad


def _set_grad(self: Tensor, grad: Any) -> None:
    recorder = thread.recorder
    if recorder is not None:
        recorder.grads.setdefault(id(self), (self, self.__dict__.get("_grad"), False))
    self.__dict__["_grad"] = grad
