"""einsum and tensordot, which come down to one batched matrix product per pair of operands.

May import: core, tensor, ops.
"""

import itertools
import math
import string
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.layout import product, wrap_dims
from ..tensor import Tensor, method
from .inplace import write_out
from .matmul import bmm, mm
from .op import Op
from .reduce import require_tensor

__all__ = ["einsum", "tensordot", "trace"]

LETTERS = string.ascii_uppercase + string.ascii_lowercase  # the labels that numbers stand for
EXHAUSTIVE = 5  # up to so many operands every order is tried


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sums of products told by letters, `"ij,jk->ik"`; `...` stands for dims that broadcast.

    Or by numbers below 52 after each operand, `einsum(a, [0, 1], b, [1, 2], [0, 2])`. Several
    operands are multiplied in the order that takes the fewest products. RuntimeError for an
    equation that does not fit the operands.

    >>> torch.einsum("ij,kj->ik", torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]]))
    tensor([[11.]])
    """
    if isinstance(equation, Tensor):
        equation, operands = _from_lists(equation, *operands)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not isinstance(equation, str):
        raise TypeError("einsum(): the first argument must be the equation, a str")
    if not operands:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one "
            "operand and its subscripts list"
        )
    ndims = tuple([require_tensor(x, "einsum")._array.ndim for x in operands])
    terms, output = _parse(equation, ndims)
    pairs = [_without_repeats(x, term) for x, term in zip(operands, terms)]
    sizes = _sizes(pairs)
    unknown = [label for label in output if label not in sizes]
    if unknown:
        raise RuntimeError(
            f"einsum(): output subscript {unknown[0]} does not appear in the equation for any "
            "input operand"
        )
    for i, j in _order([frozenset(term) for _, term in pairs], frozenset(output), sizes):
        second, first = pairs.pop(j), pairs.pop(i)
        later = set(output).union(*[term for _, term in pairs])
        pairs.append(_contract(*first, *second, later, sizes))
    left, labels = pairs[0]
    gone = tuple([d for d, label in enumerate(labels) if label not in output])
    if gone:
        left = left.sum(gone)
        labels = [label for label in labels if label in output]
    order = [labels.index(label) for label in output]
    return left if order == sorted(order) else left.permute(order)


def _from_lists(*arguments: Any) -> tuple[str, tuple]:
    """The equation and the operands out of operands with lists of numbers."""
    output = arguments[-1] if len(arguments) % 2 else None
    lists = [*arguments[1::2], *([] if output is None else [output])]
    words = []
    for numbers in lists:
        word = ""
        for number in numbers:
            if number is not Ellipsis and not 0 <= number < len(LETTERS):
                raise ValueError(
                    f"einsum(): expected subscripts within the range [0, 52), but got {number}"
                )
            word += "..." if number is Ellipsis else LETTERS[number]
        words.append(word)
    count = len(arguments) // 2
    equation = ",".join(words[:count]) + ("" if output is None else f"->{words[-1]}")
    return equation, arguments[: 2 * count : 2]


def _order(
    terms: list[frozenset], output: frozenset, sizes: dict[Any, int]
) -> list[tuple[int, int]]:
    """Which two operands to multiply, again and again; the result goes to the end of the list.

    The cheapest of all orders, for many operands the cheapest pair each time.
    """
    if len(terms) < 3:
        return [(0, 1)][: len(terms) - 1]
    return _cheapest(tuple(terms), output, sizes)[1]


def _cheapest(terms: tuple, output: frozenset, sizes: dict) -> tuple[int, list[tuple[int, int]]]:
    pairs = list(itertools.combinations(range(len(terms)), 2))
    if len(terms) > EXHAUSTIVE:
        pairs = [min(pairs, key=lambda pair: _cost(terms[pair[0]] | terms[pair[1]], sizes))]
    best: tuple[float, list] = (math.inf, [])
    for i, j in pairs:
        involved = terms[i] | terms[j]
        rest = terms[:i] + terms[i + 1 : j] + terms[j + 1 :]
        left = involved & output.union(*rest)
        cost, path = _cheapest((*rest, left), output, sizes) if rest else (0, [])
        cost += _cost(involved, sizes)
        if cost < best[0]:
            best = cost, [(i, j), *path]
    return best if pairs else (0, [])  # type: ignore[return-value]


def _cost(labels: frozenset, sizes: dict) -> int:
    return product([sizes[label] for label in labels])


@lru_cache
def _parse(equation: str, ndims: tuple[int, ...]) -> tuple[list[list[Any]], list[Any]]:
    """The labels of each operand's dims and of the output's; dims under `...` are ints."""
    text = equation.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ndims):
        more = "fewer" if len(terms) > len(ndims) else "more"
        raise RuntimeError(
            f"einsum(): {more} operands were provided than specified in the equation: "
            f"{len(ndims)} for '{equation}'"
        )
    parsed = [_term(term, ndim, place) for place, (term, ndim) in enumerate(zip(terms, ndims))]
    dots = sorted({label for term in parsed for label in term if isinstance(label, int)})
    if not arrow:
        letters = sorted({c for c in inputs if c.isalpha() and inputs.count(c) == 1})
        return parsed, [*dots, *letters]
    before, ellipsis, after = output.partition("...")
    for place, letter in enumerate(before + after):
        _check_letter(letter)
        if letter in (before + after)[:place]:
            raise RuntimeError(
                f"einsum(): output subscript {letter} appears more than once in the output"
            )
    return parsed, [*before, *(dots if ellipsis else ()), *after]


def _check_letter(letter: str) -> None:
    if not (letter.isascii() and letter.isalpha()):
        raise RuntimeError(
            f"einsum(): invalid subscript given: {letter}, subscripts must be in [a-zA-Z]"
        )


def _term(term: str, ndim: int, place: int) -> list[Any]:
    before, ellipsis, after = term.partition("...")
    for letter in before + after:
        _check_letter(letter)
    named = len(before) + len(after)
    if named > ndim or (named < ndim and not ellipsis):
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({named}) does not match the "
            f"number of dimensions ({ndim}) for operand {place}"
            + ("" if ellipsis else " and no ellipsis was given")
        )
    # counted from the last, so that they broadcast as shapes do
    dots = list(range(named - ndim, 0)) if ellipsis else []
    return [*before, *dots, *after]


def _without_repeats(x: Tensor, term: list[Any]) -> tuple[Tensor, list[Any]]:
    """A label that stands twice takes the diagonal."""
    term = list(term)
    for label in list(term):
        while term.count(label) > 1:
            first = term.index(label)
            second = term.index(label, first + 1)
            a, b = x._array.shape[first], x._array.shape[second]
            if a != b:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated but the sizes don't match, {b} != {a}"
                )
            x = x.diagonal(0, first, second)
            del term[second], term[first]
            term.append(label)
    return x, term


def _sizes(pairs: list[tuple[Tensor, list[Any]]]) -> dict[Any, int]:
    sizes: dict[Any, int] = {}
    for place, (x, term) in enumerate(pairs):
        for label, size in zip(term, x._array.shape):
            seen = sizes.setdefault(label, size)
            if seen == 1:
                sizes[label] = size
            elif size not in (1, seen):
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {size} for operand {place} which does "
                    f"not broadcast with previously seen size {seen}"
                )
    return sizes


def _contract(
    a: Tensor, a_labels: list, b: Tensor, b_labels: list, later: set, sizes: dict
) -> tuple[Tensor, list]:
    """The product of two operands, summed over the labels nobody needs later."""
    a, a_labels = _reduced(a, a_labels, later, b_labels)
    b, b_labels = _reduced(b, b_labels, later, a_labels)
    shared = [label for label in a_labels if label in b_labels]
    batch = [label for label in shared if label in later]
    summed = [label for label in shared if label not in later]
    only_a = [label for label in a_labels if label not in b_labels]
    only_b = [label for label in b_labels if label not in a_labels]
    labels = [*batch, *only_a, *only_b]
    if batch or not summed:
        left = _arranged(a, a_labels, (batch, only_a, summed), sizes)
        right = _arranged(b, b_labels, (batch, summed, only_b), sizes)
        found = bmm(left, right) if summed else left * right
    else:
        left = _arranged(a, a_labels, (only_a, summed), sizes)
        found = mm(left, _arranged(b, b_labels, (summed, only_b), sizes))
    return _shaped(found, [sizes[label] for label in labels]), labels


def _shaped(x: Tensor, shape: list[int]) -> Tensor:
    return x if list(x._array.shape) == shape else x.reshape(shape)


def _reduced(x: Tensor, labels: list, later: set, other: list) -> tuple[Tensor, list]:
    """The sum over the labels that nobody else has."""
    gone = tuple([d for d, n in enumerate(labels) if n not in later and n not in other])
    if not gone:
        return x, labels
    return x.sum(gone), [label for d, label in enumerate(labels) if d not in gone]


def _arranged(x: Tensor, labels: list, groups: tuple, sizes: dict) -> Tensor:
    """The dims in three groups, each flattened to one dim."""
    order = [labels.index(label) for group in groups for label in group]
    if order != list(range(len(order))):
        x = x.permute(order)
    full = [sizes[label] for group in groups for label in group]
    if list(x._array.shape) != full:
        x = x.expand(full)
    return _shaped(x, [product([sizes[label] for label in group]) for group in groups])


def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Tensor | None = None) -> Tensor:
    """The product summed over the last `dims` dims of a and first of b, or over two lists of dims.

    >>> torch.tensordot(torch.ones(2, 3), torch.ones(3, 4), dims=1).shape
    torch.Size([2, 4])
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if not isinstance(dims, int) and (isinstance(dims, str) or len(dims) != 2):
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] "
            f"containing two lists, but got dims={dims}"
        )
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a._array.ndim, b._array.ndim):
            raise RuntimeError(
                f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims} for shapes "
                f"{list(a._array.shape)} and {list(b._array.shape)}"
            )
        dims = (range(a._array.ndim - dims, a._array.ndim), range(dims))
    first, second = [[d] if isinstance(d, int) else list(d) for d in dims]
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    if a._array.dtype != b._array.dtype:
        raise RuntimeError("both inputs should have same dtype")
    for x, summed in ((a, first), (b, second)):
        if summed and not x._array.ndim:
            raise IndexError(f"Dimension specified as {summed[0]} but tensor has no dimensions")
    first = list(wrap_dims(first, a._array.ndim)) if first else []
    second = list(wrap_dims(second, b._array.ndim)) if second else []
    for one, two in zip(first, second):
        if a._array.shape[one] == b._array.shape[two]:
            continue
        if a._array.shape[one] == 1:  # one factor for all: they are added up first
            b = b.sum(two, keepdim=True, dtype=b.dtype)
        elif b._array.shape[two] == 1:
            a = a.sum(one, keepdim=True, dtype=a.dtype)
        else:
            raise RuntimeError(
                "contracted dimensions need to match, but first has size "
                f"{a._array.shape[one]} in dim {one} and second has size {b._array.shape[two]} in "
                f"dim {two}"
            )
    keep_a = [d for d in range(a._array.ndim) if d not in first]
    keep_b = [d for d in range(b._array.ndim) if d not in second]
    depth = product([a._array.shape[d] for d in first])
    left = a.permute([*keep_a, *first]).reshape(product([a._array.shape[d] for d in keep_a]), depth)
    right = b.permute([*second, *keep_b]).reshape(
        depth, product([b._array.shape[d] for d in keep_b])
    )
    shape = [a._array.shape[d] for d in keep_a] + [b._array.shape[d] for d in keep_b]
    result = left.mm(right).reshape(shape)
    return result if out is None else write_out(out, result)


# ---- diagonals of matrices


def _eye_like(g: Tensor, shape: tuple) -> Tensor:
    return g * g.new_tensor(np.eye(*shape, dtype=g._array.dtype))


_trace = Op(
    "trace",
    lambda input: np.trace(input),
    (lambda g, input_shape: _eye_like(g, input_shape),),
)


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix.

    >>> torch.trace(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    if require_tensor(input, "trace")._array.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input._array.ndim}")
    if input._array.dtype.kind in "iub":
        input = input.long()
    return _trace(input)


method(trace)
