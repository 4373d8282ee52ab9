"""Writes docs/reference from the docstrings: `python docs/build_reference.py`.

README.md there lists every public name, namespace by namespace, with its first line. A page
stands for each file of the library that defines public names, at the same path.
May import: everything.
"""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import rushlight

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
INTRODUCTION = """\
# Reference

Every public name, as in `import rushlight as torch`, with the first line of its docstring; the
link leads to all of it, with an example. Written by `python docs/build_reference.py`.
"""


INNER = ("__main__", "alias", "cli", "compile", "core", "io", "kernels", "ops", "tensor", "version")
for _, _name, _ in pkgutil.iter_modules(rushlight.__path__):
    if _name not in INNER:  # a namespace; some are only loaded when asked for
        importlib.import_module(f"rushlight.{_name}")


def namespaces(module: ModuleType = rushlight, name: str = "torch") -> dict[str, ModuleType]:
    """The public modules by the names that programs know them under, each below its parent."""
    found = {name: module}
    for key in sorted(vars(module)):
        value = vars(module)[key]
        if not isinstance(value, ModuleType) or not value.__name__.startswith("rushlight."):
            continue
        public = value.__name__.removeprefix("rushlight") == f"{name.removeprefix('torch')}.{key}"
        if public and hasattr(value, "__all__") and key not in INNER:
            found |= namespaces(value, f"{name}.{key}")
    return found


def public_names(module: ModuleType) -> dict[str, Any]:
    """What stands in `__all__`, without modules, in order."""
    pairs = {name: getattr(module, name) for name in sorted(module.__all__)}
    return {name: item for name, item in pairs.items() if not isinstance(item, ModuleType)}


def defined_in(item: Any) -> str | None:
    """The module of a function or class of ours; None for a dtype, a number and the like."""
    module = getattr(item, "__module__", None) or ""
    plain = callable(item) and hasattr(item, "__name__")
    return module if plain and module.startswith("rushlight.") else None


def page_of(module: str) -> str:
    """Where the page of a module stands, relative to the folder."""
    return "/".join(module.split(".")[1:]) + ".md"


def first_line(item: Any) -> str:
    """The first sentence of the docstring on one line; of a value, the value."""
    if isinstance(item, int | float | rushlight.dtype | type(None)):
        return f"`{item!r}`"
    paragraph = (inspect.getdoc(item) or "").split("\n\n")[0]
    return re.split(r"(?<=\.)\s|\s>>>", " ".join(paragraph.split()) + " ")[0].replace("|", "\\|")


def signature(item: Any) -> str:
    """The parameters and their defaults, without annotations."""
    try:
        parameters = inspect.signature(item).parameters.values()
    except (TypeError, ValueError):
        return "(...)"
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in parameters if p.name != "self"]
    return re.sub(r" at 0x\w+", "", str(inspect.Signature(plain)))


def body(text: str) -> list[str]:
    """A docstring as Markdown: examples in fences, text as it is."""
    lines: list[str] = []
    example = False
    for line in text.splitlines():
        if line.startswith(">>>") and not example:
            lines.append("```python")
            example = True
        elif example and not line.strip():
            lines.append("```")
            example = False
        lines.append(line.rstrip())
    return [*lines, "```"] if example else lines


def known_as(item: Any) -> dict[str, list[str]]:
    """The method of Tensor, and its in-place form, that belong to a function of `torch`."""
    name = item.__name__
    methods = (f"Tensor.{key}" for key in (name, f"{name}_") if hasattr(rushlight.Tensor, key))
    return {"methods": list(methods)}


def entry(item: Any, names: list[str]) -> list[str]:
    """The section of a page on one function or class, which has these public names."""
    lines = [f"## {item.__name__}", "", f"`{names[0]}{signature(item)}`", ""]
    others = names[1:]
    if any(name.count(".") == 1 for name in names) and not isinstance(item, type):
        others += known_as(item)["methods"]
    if others:
        lines += ["Also " + ", ".join(f"`{name}`" for name in others) + ".", ""]
    return [*lines, *body(inspect.getdoc(item) or ""), ""]


def methods_page() -> list[str]:
    """The methods and properties of Tensor that are not functions too."""
    lines = ["# Methods and properties of Tensor", ""]
    lines += [
        "Those that are functions too, and their in-place forms, stand with the functions.",
        "",
    ]
    for name in sorted(set(dir(rushlight.Tensor)) - set(rushlight.__all__)):
        item = inspect.getattr_static(rushlight.Tensor, name)
        described = inspect.getdoc(item)
        in_place = name.endswith("_") and name[:-1] in rushlight.__all__
        if name.startswith("_") or not described or in_place:
            continue
        kind = "" if isinstance(item, property) else signature(item)
        lines += [f"## {name}", "", f"`Tensor.{name}{kind}`", "", *body(described), ""]
    return lines


def build() -> dict[str, str]:
    """All pages, by their paths in the folder."""
    index = [INTRODUCTION]
    names: dict[int, list[str]] = {}
    items: dict[str, dict[int, Any]] = {}
    for space, module in namespaces().items():
        index += [f"## {space}", "", "| name | |", "|---|---|"]
        for name, item in public_names(module).items():
            home = defined_in(item)
            if home is None:
                index.append(f"| `{name}` | {first_line(item)} |")
                continue
            names.setdefault(id(item), []).append(f"{space}.{name}")
            items.setdefault(home, {})[id(item)] = item
            anchor = f"{page_of(home)}#{item.__name__.lower()}"
            index.append(f"| [`{name}`]({anchor}) | {first_line(item)} |")
        index.append("")
    index += ["[Methods and properties of Tensor](methods.md).", ""]
    pages = {"README.md": index, "methods.md": methods_page()}
    for home, found in items.items():
        title = (inspect.getdoc(inspect.importlib.import_module(home)) or home).splitlines()[0]
        lines = [f"# {title}", ""]
        for key, item in sorted(found.items(), key=lambda pair: pair[1].__name__):
            lines += entry(item, names[key])
        pages[page_of(home)] = lines
    return {path: "\n".join(lines).rstrip() + "\n" for path, lines in pages.items()}


def main() -> None:
    """Writes what has changed and removes pages that nothing belongs on any more."""
    pages = build()
    for path in FOLDER.rglob("*.md"):
        if str(path.relative_to(FOLDER)) not in pages:
            path.unlink()
    for name, text in pages.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
