"""Forward mode of functions: jvp, and linearize, which keeps the graph for many tangents.

May import: core, tensor, autograd, ops, func.
"""

from collections.abc import Callable
from typing import Any

from ..autograd.forward_ad import dual_at, parts_at
from ..autograd.grad_mode import enable_grad
from ..autograd.gradients import grad as gradients_of
from ..autograd.graph import resolve
from ..autograd.levels import Level
from ..core.state import thread
from ..core.trees import flatten, unflatten
from ..tensor import Tensor
from .gradients import Inputs, shown, tensors_in, with_aux, zeros_for


def _checked(primals: Any, tangents: Any, what: str) -> tuple[list, list, Any]:
    """The leaves of both, and their structure; RuntimeError where they differ."""
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{what}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    values, spec = flatten(primals)
    directions, directions_spec = flatten(tangents)
    if spec != directions_spec:
        raise RuntimeError(
            f"{what}: Expected primals and tangents to have the same python structure. For "
            "example, if primals is a tuple of 3 tensors, tangents also must be. Got primals with "
            f"structure {spec} and tangents with structure {directions_spec}"
        )
    for name, each in (("primals", values), ("tangents", directions)):
        for value in each:
            if not isinstance(value, Tensor):
                raise RuntimeError(
                    f"{what}: Expected {name} to be a tensor or nested tuples of them, got "
                    f"unsupported type {type(value)}"
                )
    if not values:
        raise RuntimeError(f"{what}: Expected primals to be non-empty")
    return values, directions, spec


def jvp(
    func: Callable, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> tuple:
    """(func(*primals), how it changes along the tangents), in one pass.

    `tangents` has the structure of `primals`, a tuple. With `strict`, RuntimeError for an output
    that does not depend on them; zeros otherwise. With `has_aux`, `func` returns (output, aux), and
    aux comes third.

    >>> torch.func.jvp(torch.sin, (torch.tensor(0.0),), (torch.tensor(2.0),))
    (tensor(0.), tensor(2.))
    """
    what = "jvp(f, primals, tangents)"
    values, directions, spec = _checked(primals, tangents, what)
    with Level() as level:
        duals = [dual_at(level, v, t) for v, t in zip(values, directions, strict=True)]
        output, aux = with_aux(func(*unflatten(duals, spec)), has_aux, what)
        leaves, out_spec = tensors_in(output, what)
        parts = [parts_at(level, leaf) for leaf in leaves]
        if strict and any([part.tangent is None for part in parts]):
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the "
                "inputs. This is not allowed with strict=True."
            )
        pushed = [zeros_for(p.primal) if p.tangent is None else p.tangent for p in parts]
        if has_aux:
            rest, aux_spec = flatten(aux)
            plain = [parts_at(level, a).primal if isinstance(a, Tensor) else a for a in rest]
            aux = unflatten(plain, aux_spec)
    result = unflatten([part.primal for part in parts], out_spec), unflatten(pushed, out_spec)
    return (*result, aux) if has_aux else result


def linearize(func: Callable, *primals: Any) -> tuple[Any, Callable]:
    """(func(*primals), the function of tangents that is its derivative there).

    The derivative does not call `func` again: cheaper than `jvp` for many tangents.

    >>> output, push = torch.func.linearize(torch.sin, torch.tensor(0.0))
    >>> output, push(torch.tensor(1.0)), push(torch.tensor(2.0))
    (tensor(0.), tensor(1.), tensor(2.))
    """
    inputs = Inputs(primals)
    with enable_grad():
        output = func(*inputs.tree())
        outputs, spec = tensors_in(output, "linearize(f, *primals)")
        others = inputs.concern_others(outputs)
        # gradients are linear in their weights: their derivative is what pushes tangents forward
        weights = [zeros_for(o)._spread(thread.batches).requires_grad_() for o in outputs]
        for weight in weights:
            resolve(weight._edge)[0].made_by = inputs.number
        pairs = [(o, w) for o, w in zip(outputs, weights, strict=True) if o.requires_grad]
        rows: Any = [None] * len(inputs.tensors)
        if pairs:
            results, given = zip(*pairs, strict=True)
            rows = gradients_of(
                results, inputs.tensors, given, create_graph=True, allow_unused=True
            )

    def push(*tangents: Any) -> Any:
        directions, directions_spec = flatten(tangents)
        if directions_spec != inputs.spec:
            raise RuntimeError(
                "Expected the tangents to have the structure of the primals: got "
                f"{directions_spec}, expected {inputs.spec}"
            )
        pairs = [
            (row, t)
            for row, t in zip(rows, directions, strict=True)
            if row is not None and row.requires_grad
        ]
        found: Any = [None] * len(weights)
        if pairs:
            results, given = zip(*pairs, strict=True)
            found = gradients_of(
                results, weights, given, retain_graph=True, create_graph=others, allow_unused=True
            )
        filled = [
            zeros_for(w) if pushed is None else pushed
            for pushed, w in zip(found, weights, strict=True)
        ]
        return unflatten(filled, spec)

    return shown(output, others), push
