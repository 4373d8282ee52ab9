"""What a step of most optimizers does with each parameter, before and after its own formula.

May import: optim.
"""

from collections.abc import Iterator
from typing import Any

from .optimizer import as_real, changed, gradient_of, new_step_count, step_count, zeros_like


def each(
    optimizer: Any, group: dict[str, Any], names: tuple[str, ...], decay: float
) -> Iterator[tuple[Any, Any, list[Any], float, dict[str, Any]]]:
    """The parameters of a group that have a gradient, ready for the formula.

    Of each: its array, the gradient with the weight decay in it, the arrays of the named states,
    which start at zero, the number of this step, and the whole state. Complex arrays come as pairs
    of real numbers.
    """
    for param in group["params"]:
        if param._grad is None:
            continue
        array = param._array
        state = optimizer.state[param]
        if not state:
            state["step"] = new_step_count()
            for name in names:
                state[name] = zeros_like(array)
        count = step_count(state)
        gradient = gradient_of(param, array, group, decay)
        held = [state[name]._array for name in names]
        if array.dtype.kind == "c":
            array, gradient, *held = as_real(array, gradient, *held)
        yield array, gradient, held, count, state
        changed(param)
