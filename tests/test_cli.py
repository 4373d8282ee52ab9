"""`rushlight run` and `rushlight info`, each in a process of its own, as a user meets them.

May import: everything.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"


def python(*arguments, folder, **options):
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, **options
    )


def rushlight(*arguments, folder, **options):
    return python("-m", "rushlight", *arguments, folder=folder, **options)


def script(folder, text, name="program.py"):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_torch_is_rushlight_itself(tmp_path):
    script(
        tmp_path,
        """
import torch
import torch.nn as nn
import torch.utils.data
from torch.nn import functional as F
from torch import tensor
import rushlight
assert torch is rushlight
assert nn is rushlight.nn and nn.__name__ == nn.__spec__.name == "rushlight.nn"
assert F is rushlight.nn.functional
assert torch.utils.data is rushlight.utils.data
print(tensor([1.0, 2.0]) + 1)
print(torch.__version__ == torch.version.__version__, torch.__version__.partition("+")[0])
""",
    )
    result = rushlight("run", "program.py", folder=tmp_path)
    assert result.stderr == ""
    assert result.stdout == "tensor([2., 3.])\nTrue 2.13.0\n"
    assert result.returncode == 0


@pytest.mark.parametrize("form", [["program.py"], ["-m", "program"]])
def test_the_program_sees_what_python_shows_it(tmp_path, form):
    script(
        tmp_path,
        "import sys, pickle\n"
        "class Thing: pass\n"
        "assert type(pickle.loads(pickle.dumps(Thing()))) is Thing\n"
        "print(sys.argv, sys.path[0], __name__, __file__, __package__)\n"
        "print(sys.modules['__main__'].Thing is Thing)\n",
    )
    arguments = [*form, "--epochs", "3", "-m", "x", "--", "--help"]
    ours = rushlight("run", *arguments, folder=tmp_path)
    pythons = python(*arguments, folder=tmp_path)
    assert ours.stdout == pythons.stdout
    assert (ours.stderr, ours.returncode) == ("", 0)


def test_a_script_imports_from_its_own_folder(tmp_path):
    script(tmp_path, "answer = 42\n", "deep/neighbour.py")
    script(tmp_path, "import neighbour\nprint(neighbour.answer)\n", "deep/program.py")
    assert rushlight("run", "deep/program.py", folder=tmp_path).stdout == "42\n"


@pytest.mark.parametrize(
    "line",
    [
        "import sys; sys.exit(7)",
        "raise SystemExit('bye')",
        "raise ValueError('no')",
        "x = (",
        "exit()",
    ],
)
def test_exit_codes_and_tracebacks_are_pythons(tmp_path, line):
    script(tmp_path, f"def f():\n    pass\n\n{line}\n")
    ours = rushlight("run", "program.py", folder=tmp_path)
    pythons = python("program.py", folder=tmp_path)
    assert ours.stderr == pythons.stderr
    assert ours.returncode == pythons.returncode


def test_a_traceback_starts_in_the_program(tmp_path):
    script(tmp_path, "def f():\n    raise KeyError('lost')\n\n\nf()\n")
    ours = rushlight("run", "program.py", folder=tmp_path)
    assert ours.stderr == python("program.py", folder=tmp_path).stderr
    assert ours.returncode == 1


def test_a_programs_excepthook_is_used(tmp_path):
    script(tmp_path, "import sys\nsys.excepthook = lambda *e: print('mine', e[1])\n1 / 0\n")
    result = rushlight("run", "program.py", folder=tmp_path)
    assert (result.stdout, result.stderr) == ("mine division by zero\n", "")
    assert result.returncode == 1


def test_a_missing_script(tmp_path):
    result = rushlight("run", "nowhere.py", folder=tmp_path)
    path = str(tmp_path / "nowhere.py")
    assert result.stderr == (
        f"rushlight run: can't open file {path!r}: [Errno 2] No such file or directory\n"
    )
    assert result.returncode == 2


def test_a_missing_module(tmp_path):
    result = rushlight("run", "-m", "nowhere", folder=tmp_path)
    assert result.stderr == "rushlight run: No module named nowhere\n"
    assert result.returncode == 1


def test_a_torch_module_that_rushlight_lacks_is_named(tmp_path):
    script(tmp_path, "import torch.no_such_room\n")
    result = rushlight("run", "program.py", folder=tmp_path)
    last_line = result.stderr.splitlines()[-1]
    assert last_line.startswith("ModuleNotFoundError: No module named 'torch.no_such_room'")
    assert "rushlight has no 'rushlight.no_such_room'" in last_line
    assert result.returncode == 1


def test_a_folder_with_a_main_runs(tmp_path):
    script(tmp_path, "import torch\nprint(torch.__name__)\n", "app/__main__.py")
    assert rushlight("run", "app", folder=tmp_path).stdout == "rushlight\n"


def test_no_compiled_copy_is_left_beside_a_script(tmp_path):
    script(tmp_path, "print(1)\n")
    rushlight("run", "program.py", folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["program.py"]


def test_the_alias_is_undone_and_refuses_a_mixture(tmp_path):
    script(
        tmp_path,
        """
import sys, types
import rushlight
from rushlight.utils import alias
with alias.installed():
    import torch.nn
    assert torch is rushlight
assert not any(name.partition(".")[0] == "torch" for name in sys.modules)
sys.modules["torch"] = types.ModuleType("torch")
try:
    alias.install()
except ImportError as error:
    print(error)
""",
    )
    result = python("program.py", folder=tmp_path)
    assert result.stderr == ""
    assert result.stdout.startswith("torch is already imported in this process")


def test_info_names_versions_and_extras(tmp_path):
    result = rushlight("info", folder=tmp_path)
    facts = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert facts["rushlight"] == "0.1.0"
    assert "BLAS" in facts["NumPy"]
    assert facts["[hdf5]"].startswith("h5py")
    assert result.returncode == 0


def test_without_a_command_the_usage_is_shown(tmp_path):
    result = rushlight(folder=tmp_path)
    assert result.stderr.startswith("usage: rushlight")
    assert result.returncode == 2
