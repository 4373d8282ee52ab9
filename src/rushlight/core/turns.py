"""Examples in turn: what a random stream has to know while a function is called for each of them.

May import: core.
"""

from typing import Any


class Turns:
    """Stands for the open batches while one example has its turn; see `for_each_example`."""

    def __init__(self, batches: Any) -> None:
        self.batches = batches.batches if type(batches) is Turns else batches
        self.states: list = []  # of the streams, before each draw of the first example
        self.first = True
        self.draws = 0

    def next(self) -> None:
        """The turn of the next example begins."""
        self.first = False
        self.draws = 0

    def __iter__(self) -> Any:
        return iter(self.batches)

    def before_draw(self, stream: Any) -> None:
        """Puts the stream where it stood for the first example, if all shall draw the same."""
        if any([batch.randomness == "different" for batch in self.batches]):
            return
        if self.first:
            self.states.append(stream.state_bytes())
        else:
            stream.set_state_bytes(self.states[self.draws])
        self.draws += 1
