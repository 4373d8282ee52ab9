"""Anomaly detection: where a gradient goes wrong, name the line of the forward pass.

While it is on, each node remembers the lines that led to it, and backward stops at the first NaN.
May import: core, tensor, autograd.
"""

import linecache
import sys
import warnings
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from ..core.state import shared, thread, unwatch, watch
from ..tensor import Tensor
from .graph import Node

PACKAGE = str(Path(__file__).parents[1])


class Trace:
    """Where a node was made: the user's lines, and the node whose gradient led to it, if any."""

    __slots__ = ("lines", "parent")

    def __init__(self, lines: list[tuple[str, int, str]], parent: Node | None) -> None:
        self.lines = lines
        self.parent = parent

    def __str__(self) -> str:
        text = []
        for file, line, function in self.lines:
            text.append(f'  File "{file}", line {line}, in {function}\n')
            source = linecache.getline(file, line).strip()
            if source:
                text.append(f"    {source}\n")
        return "".join(text)


def _lines() -> list[tuple[str, int, str]]:
    """The frames above, outermost first, without those of this package."""
    lines = []
    frame: Any = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            lines.append((code.co_filename, frame.f_lineno, code.co_name))
        frame = frame.f_back
    lines.reverse()
    return lines


def note(node: Node) -> None:
    """Remembers where the node is being made, while anomalies are looked for."""
    mode = thread.anomaly
    if mode is not None:
        if shared.traces is None:
            shared.traces = weakref.WeakKeyDictionary()
        shared.traces[node] = Trace(_lines(), mode.running)


class Anomaly:
    """What is looked for, and the node that is just being run."""

    __slots__ = ("check_nan", "running")

    def __init__(self, check_nan: bool) -> None:
        self.check_nan = check_nan
        self.running: Node | None = None

    def apply(self, node: Node, gradient: Any) -> Any:
        """`node.apply(gradient)`; a warning with the lines of its making when it fails.

        RuntimeError, which names the node and the line, when a result holds a NaN.
        """
        outer = self.running
        self.running = node
        try:
            results = node.apply(gradient)
            if self.check_nan:
                _check(node, results)
        except Exception:
            _tell(node)
            raise
        finally:
            self.running = outer
        return results


def _check(node: Node, results: Any) -> None:
    for index, result in enumerate(results or ()):
        if isinstance(result, Tensor) and _has_nan(result._array):
            raise RuntimeError(
                f"Function '{node.name()}' returned nan values in its {index}th output."
                f"{_where(node)}"
            )


def _has_nan(array: Any) -> bool:
    if array.dtype.kind not in "fcV":
        return False
    with np.errstate(all="ignore"):
        return bool((array != array).any())


def _where(node: Node) -> str:
    trace = None if shared.traces is None else shared.traces.get(node)
    if trace is None or not trace.lines:
        return ""
    file, line, function = trace.lines[-1]
    return f" Its forward operation ran at {file}:{line}, in {function}"


def _tell(node: Node) -> None:
    traces: Any = shared.traces
    trace = None if traces is None else traces.get(node)
    if trace is None:
        warnings.warn(
            f"Error detected in {node.name()}. No forward pass information available. Enable "
            "detect anomaly during forward pass for more information.",
            stacklevel=5,
        )
        return
    text = (
        f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
        f"{trace}"
    )
    while traces is not None and trace is not None and trace.parent is not None:
        parent = trace.parent
        trace = traces.get(parent)
        if trace is not None:
            text += (
                "\n\nPrevious calculation was induced by "
                f"{parent.name()}. Traceback of forward call that induced the previous "
                f"calculation:\n{trace}"
            )
    warnings.warn(text, stacklevel=5)


class set_detect_anomaly:
    """Looks for anomalies from now on (or no longer); as a block, until its end.

    With `check_nan`, a gradient that holds a NaN is a RuntimeError; see `detect_anomaly`.

    >>> with torch.autograd.set_detect_anomaly(True):
    ...     torch.is_anomaly_enabled()
    True
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = thread.anomaly
        _set(Anomaly(check_nan) if mode else None)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        _set(self._before)


class detect_anomaly:
    """A block in which backward names the line of the forward pass where it fails.

    With `check_nan` (the default) a NaN in a gradient is a failure. It makes everything slower.

    >>> import warnings
    >>> x = torch.tensor(0.0, requires_grad=True)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     with torch.autograd.detect_anomaly():
    ...         (x.sqrt() * 0).backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output. ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._before: list = []
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should "
            "only be enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self._before.append(thread.anomaly)
        _set(Anomaly(self.check_nan))

    def __exit__(self, *exc: object) -> None:
        _set(self._before.pop())


def _set(mode: Anomaly | None) -> None:
    unwatch(thread.anomaly)
    if mode is not None:
        watch(mode)
    thread.anomaly = mode


def is_anomaly_enabled() -> bool:
    """Whether anomalies are being looked for.

    >>> torch.is_anomaly_enabled()
    False
    """
    return thread.anomaly is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Whether a NaN counts as an anomaly; True where nothing is looked for, as in PyTorch.

    >>> torch.is_anomaly_check_nan_enabled()
    True
    """
    return thread.anomaly is None or thread.anomaly.check_nan


__all__ = [
    "detect_anomaly",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "set_detect_anomaly",
]
