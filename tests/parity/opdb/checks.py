"""The checks of one operator: results in every form, views, gradients of two orders, errors.

May import: everything.
"""

import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import rushlight

from .compare import difference, elements, numpy_of, tensors_in, view_difference
from .exceptions import GAUGE, TIES, UNINITIALISED, WIDER
from .names import Entry
from .translate import NotTranslated, Translator, Variants, function

DTYPES = (torch.float32, torch.float64, torch.int64, torch.bool, torch.complex64)
GRADIENT_DTYPES = (torch.float64, torch.complex128)
KINDS = ("samples", "gradients", "errors")


@dataclass
class Outcome:
    """How many checks of each kind an operator passed, and a line on each that it failed."""

    entry: Entry
    present: bool
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    total: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    failures: list[tuple[str, str]] = field(default_factory=list)  # (kind, what)

    def count(self, kind: str, failures: list[str]) -> None:
        self.total[kind] += 1
        self.right[kind] += not failures
        self.failures += [(kind, f"{self.entry.title}: {failure}") for failure in failures]


def check(entry: Entry, limit: int | None = None) -> Outcome:
    """Runs the operator's samples, at most `limit` for each dtype, and its error inputs."""
    op = entry.op
    variants = Variants(op)
    outcome = Outcome(entry, variants.present)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for dtype in DTYPES:
            if dtype in op.dtypes:
                for sample in samples(op, dtype, False, limit):
                    outcome.count("samples", of(sample_failures, variants, sample, dtype))
        for dtype in GRADIENT_DTYPES:
            if op.supports_autograd and dtype in op.supported_backward_dtypes("cpu"):
                for sample in samples(op, dtype, True, limit):
                    outcome.count("gradients", of(gradient_failures, variants, sample, dtype))
        for error in taken(errors(op), limit and 2 * limit):
            failures = error_failures(variants, error)
            if failures is not None:
                outcome.count("errors", failures)
    return outcome


def of(failures: Callable, *arguments: Any) -> Any:
    """The failures that a check finds, one of them being a sample that we have no words for."""
    try:
        return failures(*arguments)
    except NotTranslated as error:
        return [f"no counterpart of {error}"]


def reset() -> None:
    """The same random numbers for every sample and every function."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    rushlight.manual_seed(0)
    torch.set_grad_enabled(True)
    rushlight.set_grad_enabled(True)


def taken(items: list, limit: int | None) -> list:
    """At most `limit` of the items, spread evenly over them."""
    if limit is None or len(items) <= limit:
        return items
    return [items[i] for i in np.linspace(0, len(items) - 1, limit).round().astype(int)]


def samples(op: Any, dtype: torch.dtype, requires_grad: bool, limit: int | None) -> list:
    """The database's samples; none where it cannot make them for this dtype after all."""
    reset()
    try:
        made = list(op.sample_inputs("cpu", dtype, requires_grad=requires_grad))
    except (RuntimeError, NotImplementedError, TypeError):
        return []
    return taken(made, limit)


def errors(op: Any) -> list:
    reset()
    return list(op.error_inputs("cpu")) if op.error_inputs_func else []


def summary(value: Any) -> str:
    """An argument in a few letters: the shape of a tensor, or the value."""
    if isinstance(value, torch.Tensor):
        gaps = "" if value.layout is not torch.strided or value.is_contiguous() else "*"
        kind = str(value.dtype).removeprefix("torch.")
        return f"{kind}{list(value.shape)}{gaps}"
    if isinstance(value, list | tuple):
        inner = ", ".join(summary(item) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    return getattr(value, "__name__", None) or repr(value)[:60]


def described(sample: Any) -> str:
    words = [summary(sample.input), *map(summary, sample.args)]
    words += [f"{key}={summary(item)}" for key, item in sample.kwargs.items()]
    return ", ".join(words)


@dataclass
class Run:
    """One library's call of one form on fresh copies of a sample: a result or an error."""

    arguments: tuple
    result: Any = None
    error: BaseException | None = None

    @property
    def tensors(self) -> list:
        return tensors_in(self.arguments)


def run(library: Any, call: Callable | None, sample: Any, **extra: Any) -> Run:
    """Copies the sample for the library and calls it."""
    copies = Translator(library)((sample.input, tuple(sample.args), dict(sample.kwargs)))
    first, args, kwargs = copies
    outcome = Run(copies)
    reset()
    try:
        if call is None:
            raise AttributeError("no such form here")
        outcome.result = call(first, *args, **kwargs, **extra)
    except Exception as error:
        outcome.error = error
    return outcome


def name_of(error: BaseException) -> str:
    return type(error).__name__.lstrip("_")


def error_difference(theirs: Run, ours: Run) -> str | None:
    """Whether one failed and the other did not, or both in different ways."""
    if theirs.error is None and ours.error is None:
        return None
    if theirs.error is None:
        text = str(ours.error).strip().splitlines() or [""]
        return f"{name_of(ours.error)}: {text[0][:110]}"  # type: ignore[arg-type]
    if ours.error is None:
        return f"no error for {name_of(theirs.error)}: {str(theirs.error)[:90]!r}"
    if name_of(ours.error) != name_of(theirs.error):
        return (
            f"{name_of(ours.error)} for {name_of(theirs.error)}: "
            f"{str(theirs.error)[:70]!r} {str(ours.error)[:70]!r}"
        )
    return None


def sample_failures(variants: Variants, sample: Any, dtype: torch.dtype) -> list[str]:
    """The sample through the function, method, in-place, operator and `out=` forms."""
    place = f"{str(dtype).removeprefix('torch.')} ({described(sample)})"
    if not variants.present:
        return [f"absent {place}"]
    failures = []
    forms = {
        "function": variants.function,
        "method": variants.method,
        "operator": variants.operator,
        "in place": variants.in_place,
        "augmented": variants.augmented,
    }
    for form, pair in forms.items():
        if pair is not None:
            found = form_difference(variants.op, form, pair, sample)
            if found:
                failures.append(f"{form} {place}: {found}")
    if variants.op.supports_out and not failures:
        found = out_difference(variants, sample)
        if found:
            failures.append(f"out= {place}: {found}")
    return failures


def form_difference(op: Any, form: str, pair: tuple, sample: Any) -> str | None:
    """What differs between the two libraries' results of one form."""
    theirs, ours = run(torch, pair[0], sample), run(rushlight, pair[1], sample)
    if form != "function" and pair[1] is None and theirs.error is not None:
        return None
    if sample.broadcasts_input and form in ("in place", "augmented"):
        # the database wants a RuntimeError; where PyTorch resizes the input instead, we do not
        return None if isinstance(ours.error, RuntimeError) else "no error for RuntimeError"
    found = error_difference(theirs, ours)
    if found or theirs.error is not None:
        return found
    found = compared(op, sample, theirs.result, ours.result)
    if found:
        return found
    if form in ("in place", "augmented"):
        changed = ours.arguments[0]
        if isinstance(changed, rushlight.Tensor) and ours.result is not changed:
            return "returns another tensor"
        return None
    return view_difference(theirs.result, theirs.tensors, ours.result, ours.tensors)


def compared(op: Any, sample: Any, theirs: Any, ours: Any) -> str | None:
    """Results held together as far as the operator fixes them."""
    if op.name in GAUGE:
        found = difference(theirs, ours, values=False)
        if found:
            return found
        process = sample.output_process_fn_grad
        try:
            theirs, ours = process(theirs), function(process)(ours)
        except Exception as error:
            return f"{name_of(error)} in output_process_fn_grad: {error}"
        if op.name.endswith("_lowrank"):
            return difference(theirs, ours, values=False)
    if op.name in TIES and not sample.kwargs.get("stable"):
        theirs, ours = pointed_at(op, sample, theirs), pointed_at(op, sample, ours)
    factor = WIDER.get(op.name, (1,))[0]
    return difference(theirs, ours, op.name not in UNINITIALISED, factor)


def pointed_at(op: Any, sample: Any, result: Any) -> Any:
    """The result with the elements that its indices point at in place of the indices."""
    *values, places = result if isinstance(result, tuple) else (result,)
    position = 1 if op.name in ("kthvalue", "topk") else 0
    given = sample.args[position] if len(sample.args) > position else -1
    dim = sample.kwargs.get("dim", given)
    source, index = numpy_of(sample.input), places.numpy()
    if index.ndim < source.ndim:
        index = np.expand_dims(index, dim)
    found = np.take_along_axis(np.atleast_1d(source), np.atleast_1d(index), dim)
    made = torch if isinstance(places, torch.Tensor) else rushlight
    return (*values, made.from_numpy(found.reshape(index.shape)))


def out_difference(variants: Variants, sample: Any) -> str | None:
    """The result written into tensors of the right shape and dtype."""
    if "out" in sample.kwargs:
        return None
    theirs = run(torch, variants.function[0], sample)
    if theirs.error is not None:
        return None
    expected = theirs.result
    if not isinstance(expected, torch.Tensor | tuple | list):
        return None
    their_out, our_out = empty_out(torch, expected), empty_out(rushlight, expected)
    theirs = run(torch, variants.function[0], sample, out=their_out)
    ours = run(rushlight, variants.function[1], sample, out=our_out)
    found = error_difference(theirs, ours)
    if found or theirs.error is not None:
        return found
    pairs = zip(tensors_in(ours.result), tensors_in(our_out))
    if any(one is not other for one, other in pairs):
        return "returns another tensor than out"
    return compared(variants.op, sample, theirs.result, ours.result)


def empty_out(library: Any, expected: Any) -> Any:
    """Tensors to be overwritten, full of sevens."""
    if isinstance(expected, torch.Tensor):
        dtype = getattr(library, str(expected.dtype).removeprefix("torch."))
        return library.full(tuple(expected.shape), 1, dtype=dtype)
    made = [empty_out(library, item) for item in expected]
    return made if isinstance(expected, list) else tuple(made)


# ---- gradients


class Gradients:
    """Differentiates one library's result along fixed random directions, once and twice."""

    def __init__(self, library: Any, call: Callable, process: Callable, sample: Any) -> None:
        self.library = library
        self.run = run(library, call, sample)
        self.outputs: list = []
        self.inputs: list = []
        if self.run.error is not None:
            return
        try:
            result = process(self.run.result)
        except Exception as error:
            self.run.error = error
            return
        self.outputs = [t for t in tensors_in(result) if t.requires_grad]
        self.inputs = [t for t in self.run.tensors if t.requires_grad]

    def directions(self, tensors: list, seed: int) -> list:
        """A random tensor for each, the same in both libraries."""
        generator = np.random.default_rng(seed)
        made = []
        for tensor in tensors:
            values = generator.standard_normal(tuple(tensor.shape))
            if tensor.is_complex():
                values = values + 1j * generator.standard_normal(tuple(tensor.shape))
            ours = self.library.from_numpy(np.asarray(values)).to(tensor.dtype)
            made.append(ours.requires_grad_())
        return made

    def first(self) -> list:
        """The gradients of the inputs; zeros for those that have none."""
        self.along = self.directions(self.outputs, 1)
        self.gradients = self.library.autograd.grad(
            self.outputs, self.inputs, self.along, create_graph=True, allow_unused=True
        )
        return zero_filled(self.gradients, self.inputs)

    def second(self) -> list:
        """The gradients of those gradients, with respect to the inputs and to the directions."""
        outputs = [g for g in self.gradients if g is not None and g.requires_grad]
        inputs = [*self.inputs, *self.along]
        if not outputs:
            return zero_filled([None] * len(inputs), inputs)
        along = self.directions(outputs, 2)
        gradients = self.library.autograd.grad(outputs, inputs, along, allow_unused=True)
        return zero_filled(gradients, inputs)


def zero_filled(gradients: Any, inputs: list) -> list:
    """The gradients as arrays; zeros for an input that has none."""
    pairs = zip(gradients, inputs)
    return [np.zeros(tuple(t.shape)) if g is None else numpy_of(g) for g, t in pairs]


def gradient_failures(variants: Variants, sample: Any, dtype: torch.dtype) -> list[str]:
    """First and second gradients of the function, and the first through the in-place form."""
    place = f"{str(dtype).removeprefix('torch.')} ({described(sample)})"
    if not variants.present:
        return [f"absent {place}"]
    op = variants.op
    found = gradient_difference(op, variants.function, sample, op.supports_gradgrad)
    if found:
        return [f"gradient {place}: {found}"]
    if variants.in_place and op.supports_inplace_autograd and not sample.broadcasts_input:
        pair = [on_a_copy(call) for call in variants.in_place]
        found = gradient_difference(op, pair, sample, False)
        if found:
            return [f"gradient in place {place}: {found}"]
    return []


def on_a_copy(call: Callable | None) -> Callable | None:
    """An in-place function applied to a copy: a leaf itself may not be changed."""
    return call and (lambda input, *args, **kwargs: call(input.clone(), *args, **kwargs))


def gradient_difference(op: Any, pair: Any, sample: Any, twice: bool) -> str | None:
    """What differs between the gradients; the second ones too with `twice`."""
    process = sample.output_process_fn_grad
    theirs = Gradients(torch, pair[0], process, sample)
    ours = Gradients(rushlight, pair[1], function(process), sample)
    found = error_difference(theirs.run, ours.run)
    if found or theirs.run.error is not None:
        return found
    factor = WIDER.get(op.name, (1,))[0] * 10
    for order in ("first", "second") if twice else ("first",):
        try:
            expected = getattr(theirs, order)()
        except (RuntimeError, NotImplementedError):
            return None  # PyTorch has no such gradient
        if len(theirs.outputs) != len(ours.outputs):
            return f"{len(ours.outputs)} results require grad, for {len(theirs.outputs)}"
        if len(theirs.inputs) != len(ours.inputs):
            return "an input lost its requires_grad"
        try:
            got = getattr(ours, order)()
        except Exception as error:
            return f"{order} order: {type(error).__name__}: {str(error)[:100]}"
        for index, (one, other) in enumerate(zip(expected, got)):
            if one.shape != other.shape:
                return f"{order} order, of input {index}: shape {other.shape} for {one.shape}"
            if one.size:
                found = elements(torch.from_numpy(one), torch.from_numpy(np.array(other)), factor)
                if found:
                    return f"{order} order, of input {index}: {found}"
    return None


# ---- errors


def error_failures(variants: Variants, error: Any) -> list[str] | None:
    """Whether the same type of exception is raised; None where there is nothing to compare."""
    sample = error.sample_input
    if not variants.present:
        return [f"absent error ({described(sample)})"]
    try:
        theirs = run(torch, variants.function[0], sample)
        if theirs.error is None:
            return None
        ours = run(rushlight, variants.function[1], sample)
    except NotTranslated:
        return None  # see NOT_EXPRESSIBLE
    found = error_difference(theirs, ours)
    return [f"error ({described(sample)}): {found}"] if found else []
