"""every: a question about all numbers of an array, by which a way to compute is chosen.

May import: core.
"""

from typing import Any

from .batch import BatchArray
from .tracing import is_traced


def every(condition: Any) -> bool:
    """Whether a condition holds for all elements, of all examples too, as far as is known.

    While compile records it is not known: False, for the way that is right for any numbers.
    """
    if is_traced(condition):
        return False
    return bool((condition.whole if type(condition) is BatchArray else condition).all())
