"""Samples for every primitive: what to call, and the arrays to call it with.

An elementwise op is called itself, on values inside its domain. Every other op stands in
`SAMPLES` under its own name, with public calls that run it. A new op without a sample fails
`test_every_op.py`.
May import: everything.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import rushlight as torch
from rushlight.core.dtype import FLOATING
from rushlight.ops.elementwise import Elementwise
from rushlight.ops.op import REGISTRY
from tests.ops.layer_samples import SAMPLES as LAYER_SAMPLES
from tests.ops.sampling import F, Sample, of


def positive(function: Callable, *shapes: Any) -> Sample:
    return of(function, *shapes, low=0.2, high=1.5)


def square(size: int = 3) -> np.ndarray:
    """A matrix that is far from singular, with distinct eigenvalues."""
    draw = np.random.default_rng(size)
    return draw.standard_normal((size, size)) * 0.3 + np.diag(np.arange(1.0, size + 1))


def symmetric(a: Any) -> Any:
    return (a + a.mT) / 2


def definite(a: Any) -> Any:
    return a @ a.mT + torch.eye(a.shape[-1], dtype=a.dtype)


def whole(*values: Any) -> Any:
    return torch.tensor(values)


MASK = torch.tensor([[True, False, True], [False, True, True]])
INDEX = torch.tensor([[0, 1, 0], [1, 1, 0]])
WEIGHT = torch.tensor([0.5, 1.0, 2.0])
CLASSES = torch.tensor([0, 2, 1])


def pads(mode: str) -> dict[str, list[Sample]]:
    """Samples of the padding ops of one mode, over one to three dims."""

    def pad(dims: int) -> list[Sample]:
        return [
            of(lambda x: F.pad(x, (1, 0, 0, 1, 1, 0)[: 2 * dims], mode), (1, 2, *(2, 2, 3)[:dims]))
        ]

    return {f"{mode}_pad{dims}d": pad(dims) for dims in (1, 2, 3)}


SAMPLES: dict[str, list[Sample]] = {
    **LAYER_SAMPLES,
    # views
    "alias": [of(lambda x: x[...], (2, 3))],
    "as_strided": [of(lambda x: x.as_strided((2, 2), (1, 2), 1), (6,))],
    "as_strided_scatter": [of(lambda x, y: _changed(x, lambda v: v[1].copy_(y)), (2, 3), (3,))],
    "diagonal": [of(lambda x: x.diagonal(1), (3, 4))],
    "expand": [of(lambda x: x.expand(2, 3, 4), (3, 1))],
    "imag": [of(lambda x, y: torch.complex(x, y).imag, (2,), (2,))],
    "index_unsqueeze": [of(lambda x: x[1:, None], (2, 3))],
    "permute": [of(lambda x: x.permute(2, 0, 1), (2, 3, 2))],
    "real": [of(lambda x, y: torch.complex(x, y).real, (2,), (2,))],
    "select": [of(lambda x: x.select(1, 2), (2, 3))],
    "slice": [of(lambda x: x[:, 1::2], (2, 5))],
    "split": [of(lambda x: x.split(2, 1), (2, 5))],
    "split_with_sizes": [of(lambda x: x.split([1, 3], 1), (2, 4))],
    "squeeze": [of(lambda x: x.squeeze(), (1, 3, 1))],
    "squeeze_dim": [of(lambda x: x.squeeze(-1), (1, 3, 1))],
    "squeeze_dims": [of(lambda x: x.squeeze((0, 2)), (1, 3, 1))],
    "t": [of(lambda x: x.t(), (2, 3))],
    "transpose": [of(lambda x: x.transpose(0, -1), (2, 3, 2))],
    "unbind": [of(lambda x: x.unbind(1), (2, 3))],
    "unfold": [of(lambda x: x.unfold(0, 3, 2), (7,))],
    "unsqueeze": [of(lambda x: x.unsqueeze(-1), (2, 3))],
    "view": [of(lambda x: x.view(3, 2), (2, 3))],
    "view_as_complex": [of(torch.view_as_complex, (3, 2))],
    "view_as_real": [of(lambda x, y: torch.view_as_real(torch.complex(x, y)), (2,), (2,))],
    # copies and moves
    "clone": [of(lambda x: x.clone(), (2, 3))],
    "complex": [of(torch.complex, (2, 2), (2, 2))],
    "copy": [of(lambda x, y: x.clone().copy_(y), (2, 3), (3,))],
    "diag_embed": [of(lambda x: torch.diag_embed(x, 1), (2, 3))],
    "diagonal_copy": [of(lambda x: torch.diag(x, 1), (3, 4))],
    "fill": [of(lambda x: x.clone().fill_(2.0), (2, 3))],
    "fill_tensor": [of(lambda x, y: x.clone().fill_(y), (2, 3), ())],
    "flip": [of(lambda x: x.flip(0, 1), (2, 3))],
    "frexp": [of(lambda x: torch.frexp(x)[0], (2, 3))],
    "polar": [positive(torch.polar, (2, 2), (2, 2))],
    "repeat": [of(lambda x: x.repeat(2, 1, 2), (2, 3))],
    "roll": [of(lambda x: x.roll((1, -1), (0, 1)), (2, 3))],
    "rot90": [of(lambda x: torch.rot90(x, 3), (2, 3))],
    "to_copy": [of(lambda x: x.to(torch.complex128), (2, 3))],
    "tril": [of(lambda x: x.tril(-1), (2, 3, 3))],
    "triu": [of(lambda x: x.triu(1), (2, 3, 3))],
    "unsafe_view": [of(lambda x, y: x @ y, (2, 2, 3), (3, 2))],
    "zero": [of(lambda x: x.clone().zero_(), (2, 3))],
    # joining and indexing
    "cat": [of(lambda x, y: torch.cat([x, y], 1), (2, 3), (2, 1))],
    "stack": [of(lambda x, y: torch.stack([x, y], 1), (2, 3), (2, 3))],
    "corner": [of(lambda x, y: x.scatter_add(0, INDEX, y), (3, 3), (3, 4))],
    "gather": [of(lambda x: x.gather(1, INDEX), (2, 3))],
    # batches: where one begins and ends, and what is the same for all examples
    "enter_batch": [of(torch.vmap(lambda x: x.sum() * x), (2, 3))],
    "leave_batch": [of(torch.vmap(lambda x: x * x, 1, 1), (2, 3))],
    "same_for_all": [of(lambda x: torch.vmap(lambda _: x * x)(torch.zeros(2)), (3,))],
    "sum_of_examples": [of(lambda x, y: torch.vmap(lambda y: (x * y).sin())(y), (3,), (2, 3))],
    "index": [of(lambda x: x[whole(0, 1, 1), whole(2, 0, 0)], (2, 3))],
    "index_add": [of(lambda x, y: x.index_add(1, whole(0, 2), y, alpha=2), (2, 3), (2, 2))],
    "index_copy": [of(lambda x, y: x.index_copy(1, whole(0, 2), y), (2, 3), (2, 2))],
    "index_fill": [of(lambda x, y: x.index_fill(1, whole(0, 2), y), (2, 3), ())],
    "index_put": [of(lambda x, y: x.index_put((whole(0, 1),), y, True), (2, 3), (3,))],
    "index_select": [of(lambda x: x.index_select(1, whole(2, 0, 0)), (2, 3))],
    "masked_fill": [of(lambda x: x.masked_fill(MASK, 7.0), (2, 3))],
    "masked_fill_tensor": [of(lambda x, y: x.masked_fill(MASK, y), (2, 3), ())],
    "masked_scatter": [of(lambda x, y: x.masked_scatter(MASK, y), (2, 3), (2, 3))],
    "masked_select": [of(lambda x: x.masked_select(MASK), (2, 3))],
    "put": [of(lambda x, y: x.put(whole(0, 4), y, accumulate=True), (2, 3), (2,))],
    "scatter": [of(lambda x, y: x.scatter(1, whole([2, 0], [1, 2]), y), (2, 3), (2, 3))],
    "scatter_add": [of(lambda x, y: x.scatter_add(0, INDEX, y), (2, 3), (2, 3))],
    "scatter_reduce": [
        of(lambda x, y: x.scatter_reduce(0, INDEX, y, "sum"), (2, 3), (2, 3)),
        of(lambda x, y: x.scatter_reduce(0, INDEX, y, "mean"), (2, 3), (2, 3)),
        of(lambda x, y: x.scatter_reduce(0, INDEX, y, "amax"), (2, 3), (2, 3)),
        of(lambda x, y: x.scatter_reduce(0, INDEX, y, "amin", include_self=False), (2, 3), (3, 4)),
        of(lambda x, y: x.scatter_reduce(0, INDEX, y, "prod"), (2, 3), (2, 3)),
        of(lambda x, y: x.index_reduce(1, whole(0, 2), y, "mean"), (2, 3), (2, 2)),
    ],
    "select_scatter": [of(lambda x, y: x.select_scatter(y, 1, -1), (2, 3), (2,))],
    "slice_scatter": [of(lambda x, y: x.slice_scatter(y, 1, 0, 3, 2), (2, 3), (2, 2))],
    "part_scatter": [of(lambda x, y: x.slice_scatter(y, 0, 1), (2, 3), (1, 3))],
    "diagonal_scatter": [of(lambda x, y: x.diagonal_scatter(y, 1, -2, -1), (2, 3), (2,))],
    "unsafe_part": [of(lambda x: torch.unsafe_split(x, 2, 1)[0] * 3, (2, 3))],
    "scatter_value": [of(lambda x: x.scatter(0, INDEX, 2.0), (2, 3))],
    "take": [of(lambda x: x.take(whole(0, 5, 5)), (2, 3))],
    "where": [of(lambda x, y: torch.where(MASK, x, y), (2, 3), (3,))],
    # reductions, scans, sorting
    "amax": [of(lambda x: x.amax((0, 1), keepdim=True), (2, 3))],
    "amin": [of(lambda x: x.amin(1), (2, 3))],
    "cummax": [of(lambda x: x.cummax(1)[0], (2, 4))],
    "cummin": [of(lambda x: x.cummin(1)[0], (2, 4))],
    "cumprod": [
        of(lambda x: x.cumprod(1), (2, 4)),
        of(lambda x: x.cumprod(0), np.array([0.5, 0.0, -1.5, 0.0])),
    ],
    "cumsum": [of(lambda x: x.cumsum(1), (2, 3))],
    "logcumsumexp": [of(lambda x: x.logcumsumexp(1), (2, 3))],
    "logsumexp": [of(lambda x: x.logsumexp((0, 1)), (2, 3))],
    "max_all": [of(lambda x: x.max(), (2, 3))],
    "max_dim": [of(lambda x: x.max(1)[0], (2, 3))],
    "mean": [of(lambda x: x.mean(), (2, 3))],
    "mean_dim": [of(lambda x: x.mean(1, keepdim=True), (2, 3))],
    "median_all": [of(lambda x: x.median(), (5,))],
    "median_dim": [of(lambda x: x.median(1)[0], (2, 3))],
    "min_all": [of(lambda x: x.min(), (2, 3))],
    "min_dim": [of(lambda x: x.min(1)[0], (2, 3))],
    "nanmedian_all": [of(lambda x: x.nanmedian(), (5,))],
    "nanmedian_dim": [of(lambda x: x.nanmedian(1)[0], (2, 3))],
    "prod": [of(lambda x: x.prod(), (2, 3)), of(lambda x: x.prod(), np.array([2.0, 0.0, 3.0]))],
    "prod_dim": [of(lambda x: x.prod(1), (2, 3))],
    "sort": [of(lambda x: x.sort(1)[0], (2, 4))],
    "std": [of(lambda x: x.std(1), (2, 3))],
    "sum": [of(lambda x: x.sum(), (2, 3))],
    "sum_dim": [of(lambda x: x.sum(0), (2, 3))],
    "topk": [of(lambda x: x.topk(2, 1)[0], (2, 4))],
    "var": [of(lambda x: x.var(1, correction=0), (2, 3))],
    # products of matrices, linear algebra
    "addmm": [of(lambda b, x, y: torch.addmm(b, x, y, beta=2, alpha=3), (2,), (2, 3), (3, 2))],
    "bmm": [of(torch.bmm, (2, 2, 3), (2, 3, 2))],
    "cholesky_solve": [of(lambda b, a: torch.cholesky_solve(b, a.tril()), (3, 2), square())],
    "cross": [of(lambda x, y: torch.cross(x, y, dim=1), (2, 3), (2, 3))],
    "dot": [of(torch.dot, (3,), (3,))],
    "linalg_cholesky_ex": [of(lambda a: torch.linalg.cholesky(definite(a)), square())],
    "linalg_det": [of(torch.linalg.det, square())],
    "linalg_eig": [of(lambda a: torch.linalg.eig(a)[0].abs(), square())],
    "linalg_eigh": [of(lambda a: torch.linalg.eigh(symmetric(a))[0], square())],
    "linalg_inv_ex": [of(torch.linalg.inv, square())],
    "linalg_ldl_solve": [of(lambda b: torch.linalg.ldl_solve(*_ldl(b), b), (3, 2))],
    "lobpcg": [
        of(lambda a: torch.lobpcg(symmetric(a), X=torch.ones(3, 1, dtype=a.dtype))[0], square())
    ],
    "linalg_lstsq": [of(lambda a, b: torch.linalg.lstsq(a, b)[0], (4, 3), (4, 2))],
    "linalg_lu_factor_ex": [of(lambda a: torch.linalg.lu(a)[1:], square())],
    "linalg_matrix_exp": [of(torch.linalg.matrix_exp, square())],
    "linalg_pinv": [of(torch.linalg.pinv, np.vstack([square(), square()[:1]]))],
    "linalg_qr": [of(torch.linalg.qr, square())],
    "linalg_slogdet": [of(lambda a: torch.linalg.slogdet(a)[1], square())],
    "linalg_solve_ex": [of(torch.linalg.solve, square(), (3, 2))],
    "linalg_solve_triangular": [
        of(lambda a, b: torch.linalg.solve_triangular(a, b, upper=True), square(), (3, 2))
    ],
    "linalg_svd": [of(lambda a: torch.linalg.svd(a)[1], square())],
    "linalg_vector_norm": [
        of(lambda x, p=p: torch.linalg.vector_norm(x, p), (2, 3)) for p in (1, 2, 3.5)
    ],
    "mm": [of(torch.mm, (2, 3), (3, 2))],
    "mv": [of(torch.mv, (2, 3), (3,))],
    "only_row": [of(lambda x, y: x @ y, (3,), (3, 2))],
    "trace": [of(torch.trace, (3, 4))],
    "fft_c2c": [of(lambda x, y: torch.fft.fftn(torch.complex(x, y)), (3, 4), (3, 4))],
    "fft_c2r": [of(lambda x, y: torch.fft.irfft(torch.complex(x, y), 5), (2, 3), (2, 3))],
    "fft_r2c": [of(torch.fft.rfft, (2, 4)), of(torch.fft.fft, (2, 5))],
    "pow_number": [positive(lambda x: x**2.5, (2, 3))],
    # layers
    "batch_norm_by_statistics": [
        of(
            lambda x, w, b: F.batch_norm(x, b.new_zeros(3), b.new_ones(3), w, b),
            *[(2, 3), (3,), (3,)],
        )
    ],
    "convolution": [
        of(F.conv1d, (1, 2, 5), (3, 2, 2), (3,)),
        of(lambda x, w: F.conv2d(x, w, stride=2, padding=1), (1, 2, 4, 3), (2, 2, 2, 2)),
        of(lambda x, w: F.conv1d(x, w, dilation=2, groups=2), (1, 2, 5), (2, 1, 2)),
        of(lambda x, w: F.conv_transpose1d(x, w, stride=2), (1, 2, 3), (2, 2, 2)),
    ],
    "embedding": [of(lambda w: F.embedding(INDEX, w), (2, 3))],
    "embedding_bag": [
        of(lambda w, mode=mode: F.embedding_bag(INDEX, w, mode=mode), (2, 3))
        for mode in ("sum", "mean")
    ],
    "glu": [of(lambda x: F.glu(x, 0), (4, 3))],
    "linear": [of(F.linear, (2, 3), (4, 3), (4,))],
    "native_batch_norm": [
        of(lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (3, 2), (2,), (2,))
    ],
    "native_group_norm": [of(lambda x, w: F.group_norm(x, 2, w), (2, 4, 2), (4,))],
    "native_layer_norm": [of(lambda x, w, b: F.layer_norm(x, (3,), w, b), (2, 3), (3,), (3,))],
    "prelu_kernel": [of(F.prelu, (2, 3), (3,))],
    "scaled_dot_product_attention": [
        of(F.scaled_dot_product_attention, (1, 3, 2), (1, 4, 2), (1, 4, 3)),
        of(
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
            *[(2, 3, 2)] * 3,
        ),
    ],
    "constant_pad_nd": [of(lambda x: F.pad(x, (1, -1, 0, 2), value=2.0), (2, 3))],
    **pads("reflect"),
    **pads("replicate"),
    **pads("circular"),
    # activations
    "celu": [of(lambda x: F.celu(x, 1.5), (2, 3))],
    "elu": [of(lambda x: F.elu(x, 1.5), (2, 3)), of(F.selu, (2, 3))],
    "gelu": [of(F.gelu, (2, 3)), of(lambda x: F.gelu(x, approximate="tanh"), (2, 3))],
    "hardshrink": [of(F.hardshrink, (2, 3))],
    "hardsigmoid": [of(F.hardsigmoid, (2, 3), low=-4, high=4)],
    "hardswish": [of(F.hardswish, (2, 3), low=-4, high=4)],
    "hardtanh": [of(lambda x: F.hardtanh(x, -0.5, 0.5), (2, 3))],
    "leaky_relu": [of(lambda x: F.leaky_relu(x, 0.2), (2, 3))],
    "log_sigmoid": [of(F.logsigmoid, (2, 3), low=-4, high=4)],
    "log_softmax": [of(lambda x: F.log_softmax(x, 1), (2, 3))],
    "mish": [of(F.mish, (2, 3))],
    "relu": [of(F.relu, (2, 3))],
    "silu": [of(F.silu, (2, 3))],
    "softmax": [of(lambda x: F.softmax(x, 0), (2, 3))],
    "softplus": [of(lambda x: F.softplus(x, 2.0), (2, 3))],
    "softshrink": [of(F.softshrink, (2, 3))],
    "threshold": [of(lambda x: F.threshold(x, 0.2, 5.0), (2, 3))],
    # losses
    "binary_cross_entropy": [
        of(lambda x, y: F.binary_cross_entropy(x, y, WEIGHT), (2, 3), (2, 3), low=0.1, high=0.9)
    ],
    "binary_cross_entropy_with_logits": [
        of(lambda x, y: F.binary_cross_entropy_with_logits(x, y, pos_weight=WEIGHT), (2, 3), (2, 3))
    ],
    "huber_loss": [of(lambda x, y: F.huber_loss(x, y, delta=0.4), (2, 3), (2, 3))],
    "mse_loss": [of(F.mse_loss, (2, 3), (2, 3))],
    "nll_loss": [of(lambda x: F.nll_loss(x, CLASSES, reduction="none"), (3, 3))],
    "nll_loss2d": [of(lambda x: F.nll_loss(x, CLASSES.view(1, 3, 1)), (1, 3, 3, 1))],
    "smooth_l1_loss": [of(lambda x, y: F.smooth_l1_loss(x, y, beta=0.4), (2, 3), (2, 3))],
}


def _changed(x: Any, change: Callable) -> Any:
    """A copy of x after a change in place through a view of it."""
    x = x.clone()
    change(x)
    return x


def _ldl(like: Any) -> Any:
    """The factors of a fixed matrix: they have no gradients."""
    return torch.linalg.ldl_factor(symmetric(torch.tensor(square()).to(like.dtype)))


# Where the elements of an elementwise op may lie, if (0.3, 0.9) is not good for it.
DOMAINS = {
    "acosh": (1.2, 3.0),
    "igamma": (0.5, 3.0),
    "igammac": (0.5, 3.0),
    "special_zeta": (1.5, 4.0),
}
# What is no derivative of PyTorch's either: the argument that stays fixed.
FIXED = {
    "igamma": 0,
    "igammac": 0,
    "special_zeta": 0,
}
# Attributes that an elementwise op cannot do without.
ATTRIBUTES = {
    "addcdiv": {"value": 2},
    "addcmul": {"value": 2},
    "logit": {"eps": None},
    "polygamma": {"n": 2},
}
ELEMENTWISE = sorted(name for name, op in REGISTRY.items() if isinstance(op, Elementwise))
# Those that take floats.
OF_FLOATS = [name for name in ELEMENTWISE if FLOATING not in REGISTRY[name].unsupported]


def arrays_for(name: str) -> tuple:
    """Numbers of an elementwise op's domain for each input; broadcasting has work to do."""
    low, high = DOMAINS.get(name, (0.3, 0.9))
    shapes = ((2, 3), (3,), (2, 1))[: len(REGISTRY[name].inputs)]
    draw = np.random.default_rng(7)
    return tuple(draw.uniform(low, high, shape) for shape in shapes)


def elementwise(name: str) -> Sample:
    """A call of the op itself, on all inputs that have a derivative."""
    op, arrays, fixed = REGISTRY[name], arrays_for(name), FIXED.get(name)
    attributes = ATTRIBUTES.get(name, {})

    def function(*tensors: Any) -> Any:
        given = list(tensors)
        if fixed is not None:
            given.insert(fixed, torch.tensor(arrays[fixed]).to(tensors[0].dtype))
        return op(*given, **attributes)

    return Sample(function, tuple(a for i, a in enumerate(arrays) if i != fixed))
