"""compile: a function, a module or a whole training step as native code, from one recorded run.

May import: compile.
"""

from .function import CompiledFunction, CompileError, compiled

__all__ = ["CompileError", "CompiledFunction", "compiled"]
