"""What the compiler cannot follow, said with the user's line and what would work.

May import: core.
"""

from pathlib import Path
from typing import Any

from ..core.tracing import Untraceable

PACKAGE = str(Path(__file__).parent.parent)


class CompileError(RuntimeError):
    """A function cannot be recorded; the message names the line and the ways out."""


def explained(reason: Untraceable) -> str:
    """The message for a run that the recorder could not follow."""
    where = next(iter(user_lines(reason.__traceback__)), "the function")
    return (
        f"compile cannot follow {where}: {reason}. While it is recorded, its numbers belong to "
        "this run alone. Leave what reads them (.item(), bool(), print, .numpy()) outside of the "
        "compiled function, use torch.where instead of a Python if, or pass fullgraph=False to run "
        "it eagerly"
    )


def user_lines(traceback: Any) -> list[str]:
    """The lines outside of this package in a traceback, innermost first."""
    found = []
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if not name.startswith(PACKAGE):
            found.append(f"{name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return found[::-1]
