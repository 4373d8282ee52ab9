"""The lesson, taken apart: its code cells and what it shows for each, mended where it must be.

`introduction_to_pytorch.txt` is a notebook saved as plain text, run in 2019 under PyTorch 1.0.1.
`lesson()` gives its cells in the order of the page, as they stand; `mended(cell)` gives the code
that runs; `perform(cells)` runs them in one namespace, with whatever `import torch` means in this
process, and gives back what a notebook would show under each.

May import: nothing.
"""

import ast
import importlib
import io
import re
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, MethodType

TEXT = Path(__file__).with_name("introduction_to_pytorch.txt")


@dataclass(frozen=True)
class Cell:
    """`label` is the notebook's number, or `never run 1` and so on for an empty `In [None]`."""

    label: str
    code: str
    shown: str = ""


@dataclass(frozen=True)
class Mend:
    """In the cell `label`, `old` becomes `new`; an empty `old` puts `new` in front."""

    label: str
    old: str
    new: str
    why: str


# All that is changed in the lesson. A mend whose `old` is not in its cell is an error.
MENDS = (
    Mend(
        "133",
        "",
        "import numpy as np\nfrom torch.autograd import Variable\n\n",
        "the lesson never imports them, and stops here with a NameError",
    ),
    Mend(
        "never run 1",
        "import matplotlib.pyplot as plt\n",
        "import matplotlib\n\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n",
        "draws without a screen",
    ),
    Mend(
        "never run 1",
        "plt.show()",
        "plt.savefig('points.png')",
        "there is nobody to show the picture to",
    ),
    Mend(
        "never run 3",
        "loss.data[0]",
        "loss.item()",
        "a tensor of no dims cannot be indexed: an IndexError since PyTorch 1.0",
    ),
    Mend(
        "156",
        "",
        "x = torch.ones(2, 2, requires_grad=True)\n",
        "when this cell ran, x was still the one of cell 125: the training cells had not run",
    ),
)

# Their results are random numbers, or are computed from them.
RANDOM = frozenset({"10", "14", "19", "never run 5", "149", "152", "162", "164"})


# ---- taking the text apart


def lesson():
    """The code cells, in the order of the page."""
    parts = re.split(r"^In \[(\d+|None)\]:\n", TEXT.read_text(), flags=re.MULTILINE)
    cells = []
    never_run = 0
    for prompt, text in zip(parts[1::2], parts[2::2], strict=True):
        paragraphs = re.findall(r"(?:^(?!\s*$).*\n?)+", text, flags=re.MULTILINE)
        if prompt == "None":
            never_run += 1
            cells.append(Cell(f"never run {never_run}", _code(paragraphs, ran=False)[0]))
        else:
            code, rest = _code(paragraphs, ran=True)
            cells.append(Cell(prompt, code, _output(rest)))
    return cells


def _code(paragraphs, ran):
    """The code at the head of the paragraphs, and the paragraphs after it.

    A cell that has run ends with its first whole paragraph: what follows is output or prose. One
    that has not run shows nothing, so all that reads as Python is its code. A paragraph of
    comments alone belongs to the code below it; at the end it is a heading of the page.
    """
    count = 0
    for number, paragraph in enumerate(paragraphs, 1):
        body = _statements("".join(paragraphs[:number]))
        if body is None:
            break
        if body > _statements("".join(paragraphs[:count])):
            count = number
        if ran and count and not _goes_on(paragraph, paragraphs[number:]):
            break
    return "\n".join(paragraphs[:count]), paragraphs[count:]


def _goes_on(paragraph, following):
    """Whether a function's body reaches over the empty line after this paragraph."""
    last_line = paragraph.splitlines()[-1]
    return last_line.startswith("    ") and bool(following) and following[0].startswith("    ")


def _statements(code):
    """How many statements the code holds, at any depth; None when it is not Python."""
    try:
        return sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(code)))
    except SyntaxError:
        return None


SHOWN = re.compile(r"tensor\(|torch\.|array\(|dtype\(|<\w|\(\d|'|\d+$|\s|True|NameError", re.M)


def _output(paragraphs):
    """What the page shows under the code, up to the first paragraph of prose."""
    shown = []
    for paragraph in paragraphs:
        if not SHOWN.match(paragraph):
            break
        shown.append(paragraph)
    return "\n".join(shown).rstrip("\n")


# ---- running the cells


@dataclass(frozen=True)
class Result:
    """What a cell shows, and the error it ended with, if any, as `Type: message`."""

    label: str
    shown: str
    error: str = ""


def mended(cell):
    """The code that runs: the cell's own, with its mends."""
    code = cell.code
    for mend in MENDS:
        if mend.label == cell.label:
            if mend.old not in code:
                raise ValueError(f"cell {mend.label} has no {mend.old!r} to mend")
            code = code.replace(mend.old, mend.new, 1) if mend.old else mend.new + code
    return code


def perform(cells, seed=0):
    """Run the cells one by one in one namespace; files go to the current folder.

    `torch` is what `import torch` gives in this process. Each cell starts from its own seed, so
    that a random result depends on its cell and not on how much was drawn before.
    """
    torch = importlib.import_module("torch")
    namespace = {"__name__": "__main__"}
    results = []
    for position, cell in enumerate(cells):
        torch.manual_seed(1000 * seed + position)
        results.append(_perform_one(torch, cell, namespace))
    return results


def _perform_one(torch, cell, namespace):
    """As a notebook does: run the statements, then show the value of a last expression."""
    tree = ast.parse(mended(cell))
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    error = ""
    with redirect_stdout(printed), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "TypedStorage is deprecated")
        try:
            exec(compile(tree, f"<cell {cell.label}>", "exec"), namespace)
            if last is not None:
                value = eval(
                    compile(ast.Expression(last.value), f"<cell {cell.label}>", "eval"), namespace
                )
        except Exception as caught:
            error = f"{type(caught).__name__}: {caught}"
    shown = printed.getvalue() + ("" if value is None else displayed(torch, value))
    return Result(cell.label, normalised(shown.rstrip("\n")), error)


def displayed(torch, value):
    """The printed form that IPython gives a value: `repr`, but for three kinds of things.

    Where IPython would show how the library is built, this shows what the lesson is about: a
    class by the name under which `torch` has it, and a method by its name, be it written in C
    or in Python.
    """
    kind = type(value)
    if isinstance(value, type):
        module = "torch" if getattr(torch, value.__name__, None) is value else value.__module__
        return f"{module}.{value.__qualname__}"
    if isinstance(value, BuiltinFunctionType | MethodType):
        return f"<function {type(value.__self__).__name__}.{value.__name__}>"
    if kind.__repr__ is object.__repr__:
        return f"<{kind.__qualname__} at {id(value):#x}>"
    return repr(value)


def normalised(shown):
    """Without what differs from one build or one run to the next: addresses, and `+cpu`."""
    shown = re.sub(r"\b0x[0-9a-f]+", "0x...", shown)
    shown = re.sub(r"^'(\d+\.\d+\.\d+)\+[\w.]+'$", r"'\1'", shown)
    return re.sub(r"<(\w+) object at 0x\.\.\.>", r"<\1 at 0x...>", shown)
