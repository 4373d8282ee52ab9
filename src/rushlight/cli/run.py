"""`rushlight run`: a program written for PyTorch runs as Python would run it, on rushlight.

What the program can see (`__main__`, `sys.argv`, `sys.path[0]`, exit status, traceback) is as
under `python SCRIPT`; only `import torch` differs.

May import: utils.
"""

import importlib.util
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType
from zipfile import is_zipfile

from rushlight.utils import alias

__all__ = ["run_module", "run_script"]


class _ScriptLoader(SourceFileLoader):
    """Loads a script; like Python itself it keeps no compiled copy beside it."""

    def set_data(self, path, data, *, _mode=0o666):
        pass


def run_script(path: str, arguments: list[str]) -> int:
    """Run the file (or the folder or zip archive with a `__main__.py`) at `path`.

    Returns the exit status: 0, 1 after an uncaught exception, 2 when there is no such file.
    SystemExit leaves as it came.
    """
    full_path = os.path.abspath(path)
    bundle = os.path.isdir(path) or is_zipfile(path)
    try:
        if not bundle:
            open(path, "rb").close()
    except OSError as error:
        return _refuse(f"can't open file {full_path!r}: [Errno {error.errno}] {error.strerror}", 2)
    _set_arguments(path, arguments, first_folder=os.path.dirname(os.path.realpath(path)))
    if bundle:
        return _run_as_main(lambda: runpy.run_path(path, run_name="__main__"))
    return _run_as_main(lambda: _load_main(full_path))


def run_module(name: str, arguments: list[str]) -> int:
    """Run the module `name`, or its `__main__` if it is a package, as `python -m` does.

    Returns the exit status as `run_script` does; 1 when there is no such module.
    """
    _set_arguments("-m", arguments, first_folder=os.getcwd())
    alias.install()
    try:
        spec = importlib.util.find_spec(name)
        package = spec is not None and spec.submodule_search_locations is not None
        if package and importlib.util.find_spec(f"{name}.__main__") is None:
            message = f"No module named {name}.__main__; {name!r} is a package and cannot be run"
            return _refuse(message, 1)
    except (ModuleNotFoundError, ValueError) as error:
        return _refuse(f"cannot find module {name!r}: {error}", 1)
    if spec is None:
        return _refuse(f"No module named {name}", 1)
    return _run_as_main(lambda: runpy.run_module(name, run_name="__main__", alter_sys=True))


def _load_main(full_path: str) -> None:
    """Fill `__main__` from the file, and leave it in place for what runs at exit."""
    loader = _ScriptLoader("__main__", full_path)
    module = ModuleType("__main__")
    module.__dict__.update(__file__=full_path, __loader__=loader, __cached__=None)
    sys.modules["__main__"] = module
    loader.exec_module(module)


def _refuse(message: str, status: int) -> int:
    print(f"rushlight run: {message}", file=sys.stderr)
    return status


def _set_arguments(name: str, arguments: list[str], first_folder: str) -> None:
    sys.argv[:] = [name, *arguments]
    if not sys.flags.safe_path:
        sys.path[0] = first_folder  # it was the folder of the `rushlight` command


def _run_as_main(program) -> int:
    """Run the program under `torch` = rushlight and report what it did not catch."""
    alias.install()
    try:
        program()
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = _programs_part(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        # 130 is what a shell shows for a program that Ctrl-C ended.
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _programs_part(trace):
    """The traceback from the program's first frame on, without what leads up to it."""
    own = {__file__, runpy.__file__}
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file not in own and not file.startswith("<frozen "):
            break
        trace = trace.tb_next
    return trace
