"""compile: a function, a module or a whole training step as native code, from one recorded run.

May import: compile.
"""

from .errors import CompileError
from .function import CompiledFunction, compiled

__all__ = ["CompileError", "CompiledFunction", "compiled"]
