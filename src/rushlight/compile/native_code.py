"""Native code of a program as Python callables.

May import: compile.
"""

import ctypes
from typing import Any

from .native import Machine
from .program import Program

FAST_WITH_KEYWORDS = 0x0080 | 0x0002
WRONG_INDEX = ctypes.create_string_buffer(
    b"index out of range in self: an index read by compiled code is outside of its dim"
)
MESSAGE = ctypes.addressof(WRONG_INDEX)
_machine: list[Machine] = []


class MethodDefinition(ctypes.Structure):
    """PyMethodDef, by which Python knows a native function."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


class NativeCode:
    """The two doors of a module: `entry` hands on a call that is not its own, `attempt` says so."""

    def __init__(self, program: Program, text: str, keeper: Any) -> None:
        if not _machine:
            _machine.append(Machine())
        self.text = text
        self.engine = _machine[0].load(_machine[0].object_code(text))
        self.keeper = keeper  # what must live as long as the code can be called
        table = program.filled_table()
        self.place = self.engine.get_global_value_address("table")
        ctypes.memmove(self.place, table, ctypes.sizeof(table))
        self._definitions: list[MethodDefinition] = []
        self.entry = self._callable(b"entry")
        self.attempt = self._callable(b"attempt")

    def _callable(self, name: bytes) -> Any:
        address = self.engine.get_function_address(name.decode())
        definition = MethodDefinition(name, address, FAST_WITH_KEYWORDS, None)
        self._definitions.append(definition)
        new = ctypes.pythonapi.PyCFunction_NewEx
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
        return new(ctypes.addressof(definition), self, None)

    def put(self, place: int, value: int) -> None:
        """Writes another pointer into the table."""
        ctypes.c_void_p.from_address(self.place + 8 * place).value = value
