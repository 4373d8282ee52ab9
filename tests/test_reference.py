"""The reference in docs/reference is what the docstrings say; every public name has an example.

May import: everything.
"""

import importlib.util
import inspect
from pathlib import Path

import pytest

import rushlight

ROOT = Path(__file__).parents[1]
_spec = importlib.util.spec_from_file_location("build", ROOT / "docs" / "build_reference.py")
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

SPACES = reference.namespaces()
NAMES = [
    pytest.param(item, id=f"{space}.{name}")
    for space, module in SPACES.items()
    for name, item in reference.public_names(module).items()
    if reference.defined_in(item)
]


def test_the_reference_is_fresh():
    pages = reference.build()
    folder = reference.FOLDER
    on_disk = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.md")}
    stale = {name for name in {*pages, *on_disk} if pages.get(name) != on_disk.get(name)}
    assert not stale, "run `python docs/build_reference.py`"


def test_the_index_has_a_line_for_every_public_name():
    index = reference.build()["README.md"]
    for module in SPACES.values():
        for name in reference.public_names(module):
            assert f"`{name}`" in index


@pytest.mark.parametrize("space", ["torch", "torch.nn", "torch.nn.functional", "torch.linalg"])
def test_the_namespaces_are_found(space):
    assert space in SPACES


def in_place_form(name):
    """Whether it is `f_` of a public function, whose docstring has the example."""
    functions = (rushlight, rushlight.nn.functional)
    return name.endswith("_") and any(name[:-1] in space.__all__ for space in functions)


@pytest.mark.parametrize("item", NAMES)
def test_a_public_name_has_a_docstring_with_an_example(item):
    text = inspect.getdoc(item)
    assert text, "no docstring"
    error = isinstance(item, type) and issubclass(item, BaseException)
    if not error and not in_place_form(item.__name__):
        assert ">>>" in text, "no example"


def test_a_docstring_becomes_markdown():
    text = "One line.\n\n>>> 1 + 1\n2\n\nMore.\n>>> 2\n2"
    lines = reference.body(text)
    expected = "One line.\n\n```python\n>>> 1 + 1\n2\n```\n\nMore.\n```python\n>>> 2\n2\n```"
    assert "\n".join(lines) == expected


def test_signatures_are_shown_without_annotations():
    assert reference.signature(rushlight.sum).startswith(
        "(input, dim=None, keepdim=False, *, dtype"
    )
