"""The order of the house: which room imports which, sizes, docstrings, versions, named paths.

May import: everything.
"""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rushlight import version

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "rushlight"
MODULES = sorted(PACKAGE.rglob("*.py"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])

# From the ground up; a room imports from lower floors, and never from others on its own.
FLOORS = (
    ("version",),
    ("core",),
    ("kernels",),
    ("tensor",),
    ("autograd",),
    ("ops",),
    ("compile",),
    (
        "backends",
        "cuda",
        "nn",
        "optim",
        "utils",
        "io",
        "distributions",
        "func",
        "show",
        "signal",
        "distributed",
    ),
    ("rushlight",),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
HEAVY = "torch scipy llvmlite h5py matplotlib tqdm safetensors"

each_module = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE))
)


def tree(path):
    return ast.parse(path.read_text())


def room_of(path):
    """The room a file stands in: a folder or file of the package, or the package's own file."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if first == "__init__":
        return "rushlight"
    # Namespaces over ops/ stand on the floor of what users build with.
    return first if first in FLOOR else "func"


def only_for_types(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def statements(node):
    """Every node below, leaving out what only the type checker reads."""
    for child in ast.iter_child_nodes(node):
        if not only_for_types(child):
            yield child
            yield from statements(child)


def rooms_imported(path):
    """The rooms of our own that the file imports from."""
    dotted = []
    package = ("rushlight", *path.relative_to(PACKAGE).parts[:-1])
    for node in statements(tree(path)):
        if isinstance(node, ast.Import):
            dotted += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join([*base, *filter(None, [node.module])])
            if source == "rushlight":
                dotted += [f"rushlight.{alias.name}" for alias in node.names]
            else:
                dotted.append(source)
    rooms = set()
    for name in dotted:
        first, _, rest = name.partition(".")
        if first == "rushlight":
            room = rest.partition(".")[0]
            known = room in FLOOR or (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").exists()
            rooms.add(room if room and known else "rushlight")
    return rooms


def declared(path):
    """The rooms in the docstring's last line, `May import: ...`, or None for everything."""
    last_line = ast.get_docstring(tree(path)).splitlines()[-1]
    match = re.fullmatch(r"May import: ([\w, ]+)\.", last_line)
    assert match, f"the docstring's last line is no `May import: rooms.` but {last_line!r}"
    words = {word.strip() for word in match[1].split(",")}
    if "everything" in words:
        return None
    return words - {"nothing"}


@each_module
def test_the_docstring_says_what_may_be_imported_and_it_is_so(path):
    assert ast.get_docstring(tree(path)), "no docstring"
    rooms = declared(path)
    if rooms is not None:
        unsaid = rooms_imported(path) - rooms - {room_of(path)}
        assert not unsaid, f"imports from {sorted(unsaid)}, which `May import:` does not name"


@each_module
def test_imports_point_down(path):
    own = room_of(path)
    for room in rooms_imported(path) - {own}:
        below = FLOOR.get(room, FLOOR["func"]) < FLOOR[own]
        assert below, f"{own} imports from {room}, which is not below it"


@each_module
def test_no_import_inside_a_function(path):
    if path.name == "optional.py":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            inside = [
                n.lineno for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)
            ]
            assert not inside, f"import inside a function, line {inside}"


@each_module
def test_sizes(path):
    assert len(path.read_text().splitlines()) <= 600
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            lines = node.end_lineno - node.lineno + 1
            assert lines <= 80, f"{node.name} has {lines} lines"


@each_module
def test_all_is_sorted_and_true(path):
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    module = importlib.import_module(name.removesuffix(".__init__"))
    names = getattr(module, "__all__", None)
    if names is not None:
        assert list(names) == sorted(set(names))
        assert [n for n in names if not hasattr(module, n)] == []


@each_module
def test_nothing_is_conjured(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"exec", "eval", "globals"}, f"line {node.lineno}"
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names), f"line {node.lineno}"


def test_import_is_light():
    program = (
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); import rushlight\n"
        f"print([name for name in {HEAVY.split()!r} if name in sys.modules])"
    )
    shown = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert shown.strip() == "[]"


def test_the_changelog_starts_with_this_version():
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] == version.RELEASE


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_named_in_the_documents_exist(path):
    named = re.findall(
        r"[`(]((?:src|tests|examples|benchmarks|docs|\.ci)/[\w./-]*)", path.read_text()
    )
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing
