"""Whereabouts: an error raised in a forward says in which module, by its path from the root.

Nothing is done until an error passes: each module it leaves finds the path of the last one.
May import: nothing.
"""

from typing import Any


class _Trail:
    """Where an error was raised, and the last module that it passed."""

    __slots__ = ("innermost", "last", "path")

    def __init__(self, module: Any) -> None:
        self.innermost = module
        self.last = module
        self.path = ""

    def note(self) -> str:
        what = self.innermost._summary()
        return f"in {self.path}: {what}" if self.path else f"in {what}"


def mark(error: Exception, module: Any) -> None:
    """Notes on the error in which module it was raised: `in net.2: Linear(9 -> 2)`."""
    trail = getattr(error, "_trail", None)
    if trail is None:
        trail = _Trail(module)
        error._trail = trail  # type: ignore[attr-defined]
        error.add_note(trail.note())
        return
    for path, candidate in module.named_modules():
        if candidate is trail.last and path:
            before = trail.note()
            trail.path = f"{path}.{trail.path}" if trail.path else path
            notes = error.__notes__
            if before in notes:
                notes[notes.index(before)] = trail.note()
            break
    trail.last = module
