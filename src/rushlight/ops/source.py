"""The source text of a kernel, a formula or a gradient, cut out of the file that defines it.

`inspect.getsource` gives whole lines; of several lambdas on a line we want the one.
May import: nothing.
"""

import ast
import functools
import inspect
import textwrap
from typing import Any


def source_of(function: Any) -> str:
    """The function's own text; a function of another library by its name.

    >>> from rushlight.ops.source import source_of
    >>> import math
    >>> source_of(math.exp)
    'math.exp'
    """
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None or not code.co_filename.endswith(".py"):
        module = getattr(function, "__module__", None) or type(function).__module__
        return f"{module}.{getattr(function, '__name__', function)}"
    node = _definition(code)
    if node is None:
        return textwrap.dedent(inspect.getsource(function)).strip()
    text = ast.get_source_segment(_text(code.co_filename), node, padded=True)
    return textwrap.dedent(text or "").strip()


@functools.cache
def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


@functools.cache
def _definitions(path: str) -> list[Any]:
    tree = ast.walk(ast.parse(_text(path)))
    return [node for node in tree if isinstance(node, (ast.Lambda, ast.FunctionDef))]


def _definition(code: Any) -> Any:
    """The definition that the code was compiled from, or None when its file has changed."""
    line = code.co_firstlineno
    found = [
        node
        for node in _definitions(code.co_filename)
        if getattr(node, "name", "<lambda>") == code.co_name and _first_line(node) == line
    ]
    if len(found) == 1:
        return found[0]
    # several lambdas on a line: the body of the right one is where the instructions are
    places = {(line, column) for line, _, column, _ in code.co_positions()}
    for node in found:
        if isinstance(node, ast.Lambda) and (node.body.lineno, node.body.col_offset) in places:
            return node
    return None


def _first_line(node: Any) -> int:
    decorators = getattr(node, "decorator_list", ())
    return min([node.lineno, *[decorator.lineno for decorator in decorators]])
