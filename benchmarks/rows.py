"""The table of workloads: each is a function `prepare(torch)` that returns the step to be timed.

May import: nothing.
"""

ROWS = {}


class Row:
    """One line of the table: name, set-up, calls in one timing, goal for the ratio.

    A row of a group is timed when the group or the row is asked for, so many times, after
    `warm_up` calls.
    """

    def __init__(self, name, prepare, calls, goal, group=None, warm_up=20, timings=7):
        self.name = name
        self.prepare = prepare
        self.calls = calls
        self.goal = goal
        self.group = group
        self.warm_up = warm_up
        self.timings = timings


def row(calls, goal=None):
    """Enter the decorated function into the table; `goal` is the ratio we want to stay under."""

    def enter(prepare):
        ROWS[prepare.__name__] = Row(prepare.__name__, prepare, calls, goal)
        return prepare

    return enter
