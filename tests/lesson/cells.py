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
import math
import re
import textwrap
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
        "the lesson never imports them, and stops with a NameError where it needs them",
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

# Two squares of 10,000 would take 800 MB and minutes.
MENDS += tuple(
    Mend(label, "10000,10000", "3,3", "a product to look at, not to time")
    for label in ("gpu 4", "gpu 5")
)

# Their results are random numbers, or are computed from them.
RANDOM = frozenset(
    {"10", "14", "19", "never run 5", "149", "152", "162", "164", "normal", "layer"}
    | {"gpu 6", "gpu 9"}
)

# The address of an object that nobody holds any longer: PyTorch's allocator may hand it out again.
BY_CHANCE = frozenset({"84"})


# ---- taking the text apart


def lesson():
    """The code cells, in the order of the page."""
    parts = re.split(r"^In \[(\d+|None)\]:\n", TEXT.read_text(encoding="utf-8"), flags=re.MULTILINE)
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


def gpu_examples():
    """The statements of the code that stands in the prose, all of it about GPUs, one by one."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", TEXT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    statements = [
        ast.get_source_segment(block, statement)
        for block in map(textwrap.dedent, blocks)
        for statement in ast.parse(block).body
    ]
    return [Cell(f"gpu {number}", code) for number, code in enumerate(statements, 1)]


# ---- what the lesson speaks of without running it

POINTED_TO = (
    Cell(
        "activations",
        """
from torch import nn
z = torch.tensor([-100.0, -2.0, -0.5, 0.0, 0.5, 2.0, 100.0])
print(torch.sigmoid(z), torch.tanh(z), torch.relu(z), sep="\\n")
print(nn.functional.leaky_relu(z), nn.functional.leaky_relu(z, negative_slope=0.2), sep="\\n")
for layer in nn.Sigmoid(), nn.Tanh(), nn.ReLU(), nn.LeakyReLU(), nn.LeakyReLU(0.2):
    z = torch.linspace(-2, 2, 5).requires_grad_()
    activated = layer(z)
    activated.sum().backward()
    print(layer, activated, z.grad)
""",
    ),
    Cell(
        "variable",
        """
from torch.autograd import Variable
x = Variable(torch.ones(5), requires_grad=True)
x
""",
    ),
    Cell(
        "operations",
        """
A = torch.tensor([[3.0, -4.0], [1.0, 2.0]])
print(A.abs(), A.cos(), A.transpose(0, 1), torch.trace(A))
print(A.mean(), A.std(), A.norm(), A.max(), A.max(dim=0), torch.max(A, A.t()))
print(torch.equal(A, A.clone()), torch.equal(A, A.t()))
""",
    ),
    Cell("normal", "torch.normal(torch.zeros(3), 2.0)"),
    Cell(
        "serialization",
        """
torch.save({"points": points, "views": [d, d.t()]}, "points.pt")
loaded = torch.load("points.pt")
print(loaded)
loaded["views"][0][0, 0] = -1.0
loaded["views"][1]
""",
    ),
    Cell(
        "hdf5",
        """
with h5py.File("ourpoints.hdf5", "a") as f:
    f["points"] = points
    f["half"] = points.half().numpy()
with h5py.File("ourpoints.hdf5", "r") as f:
    print(sorted(f), torch.from_numpy(f["half"][:, 1]), f["points"].dtype)
    restored = torch.tensor(f["points"][()])
torch.equal(restored, points)
""",
    ),
    Cell(
        "layer",
        """
layer = nn.Linear(3, 2)
print(layer)
layer(torch.ones(1, 3))
""",
    ),
)


def everything():
    """The lesson, then what it speaks of, then its examples for GPUs."""
    return [*lesson(), *POINTED_TO, *gpu_examples()]


# ---- running the cells


@dataclass(frozen=True)
class Result:
    """What a cell shows, and the error it ended with, if any, as `Type: message`."""

    label: str
    shown: str
    error: str = ""


def mended(cell, mends=MENDS):
    """The code that runs: the cell's own, with its mends."""
    code = cell.code
    for mend in mends:
        if mend.label == cell.label:
            if mend.old not in code:
                raise ValueError(f"cell {mend.label} has no {mend.old!r} to mend")
            code = code.replace(mend.old, mend.new, 1) if mend.old else mend.new + code
    return code


def perform(cells, seed=0, mends=MENDS):
    """Run the cells one by one in one namespace; files go to the current folder.

    `torch` is what `import torch` gives in this process. Each cell starts from its own seed, so
    that a random result depends on its cell and not on how much was drawn before.
    """
    torch = importlib.import_module("torch")
    namespace = {"__name__": "__main__"}
    results = []
    for position, cell in enumerate(cells):
        torch.manual_seed(1000 * seed + position)
        results.append(_perform_one(torch, cell.label, mended(cell, mends), namespace))
    return results


def _perform_one(torch, label, code, namespace):
    """As a notebook does: run the statements, then show the value of a last expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    error = ""
    with redirect_stdout(printed), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "TypedStorage is deprecated")
        try:
            exec(compile(tree, f"<cell {label}>", "exec"), namespace)
            if last is not None:
                value = eval(
                    compile(ast.Expression(last.value), f"<cell {label}>", "eval"), namespace
                )
        except Exception as caught:
            error = f"{type(caught).__name__}: {caught}"
    shown = printed.getvalue() + ("" if value is None else displayed(torch, value))
    return Result(label, normalised(shown.rstrip("\n")), error)


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


def same(ours, theirs):
    """Whether two shown results are equal, to the letter but for a number printed in full.

    `print(loss.item())` shows all digits of a float32, the last of which depends on the order in
    which a sum was taken; PyTorch's own order differs from one processor to the next.
    """
    full = r"-?\d+\.\d{6,}(?:e[+-]\d+)?"
    if re.split(full, ours) != re.split(full, theirs):
        return False
    pairs = zip(re.findall(full, ours), re.findall(full, theirs), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=1e-6) for a, b in pairs)


def differences(expected):
    """Cells whose shown result in the lesson is not what `expected` holds: (label, 2019, now).

    Of a result of several lines only the differing ones count. Random results are left out.
    """
    rows = []
    for cell in lesson():
        then = normalised(cell.shown).splitlines()
        now = expected[cell.label].splitlines()
        # A cell that never ran shows nothing because of that.
        if then != now and cell.label not in RANDOM and not cell.label.startswith("never run"):
            gone = [line.strip() for line in then if line not in now]
            come = [line.strip() for line in now if line not in then]
            rows.append((cell.label, "\n".join(gone), "\n".join(come)))
    return rows
