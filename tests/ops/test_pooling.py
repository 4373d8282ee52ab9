"""Pools against their definitions, window by window, and their gradients of both orders.

May import: everything.
"""

import itertools

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck

F = torch.nn.functional


def drawn(*shape, **kwargs):
    """Numbers that are all different, so that no step of a difference changes a maximum."""
    count = int(np.prod(shape))
    values = np.random.default_rng(count).permutation(count) / 7.0
    return torch.tensor(values.reshape(shape), **kwargs)


def windows_of(size, kernel, stride, padding, dilation, ceil_mode):
    """For each window along a dim the positions in it, those outside included."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    starts = [i * stride - padding for i in range(count)]
    return [[start + place * dilation for place in range(kernel)] for start in starts]


def by_definition(x, axes, reduce):
    """`reduce` of the elements of each window that exist, with the positions along each dim."""
    lead = x.ndim - len(axes)
    out = np.zeros((*x.shape[:lead], *[len(axis) for axis in axes]))
    for place in np.ndindex(out.shape):
        positions = [axis[i] for axis, i in zip(axes, place[lead:], strict=True)]
        sizes = x.shape[lead:]
        kept = [[p for p in ps if 0 <= p < n] for ps, n in zip(positions, sizes, strict=True)]
        out[place] = reduce(x[place[:lead]][np.ix_(*kept)], positions)
    return out


SETTINGS = [
    (kernel, stride, padding, ceil)
    for kernel, stride, padding, ceil in itertools.product([2, 3], [None, 1, 2], [0, 1], [0, 1])
]


@pytest.mark.parametrize(("kernel", "stride", "padding", "ceil"), SETTINGS)
@pytest.mark.parametrize("dilation", [1, 2])
def test_max_pools(kernel, stride, padding, ceil, dilation):
    step = stride or kernel
    for shape in [(2, 3, 9), (2, 2, 7, 8), (1, 2, 5, 6, 5)]:
        dims = len(shape) - 2
        x = drawn(*shape)
        axes = [windows_of(n, kernel, step, padding, dilation, ceil) for n in shape[2:]]
        pool = getattr(F, f"max_pool{dims}d")
        values, indices = pool(
            x, kernel, stride, padding, dilation, ceil_mode=bool(ceil), return_indices=True
        )
        expected = by_definition(x.numpy(), axes, lambda seen, _: seen.max())
        np.testing.assert_array_equal(values.numpy(), expected)
        flat = x.flatten(2).gather(2, indices.flatten(2)).view(values.shape)
        np.testing.assert_array_equal(flat.numpy(), expected)
        alone = pool(x, kernel, stride, padding, dilation, ceil_mode=bool(ceil))
        np.testing.assert_array_equal(alone.numpy(), expected)


@pytest.mark.parametrize(("kernel", "stride", "padding", "ceil"), SETTINGS)
@pytest.mark.parametrize("divisor", [None, 3])
def test_average_pools(kernel, stride, padding, ceil, divisor):
    step = stride or kernel
    for shape, include in itertools.product([(2, 2, 7, 8), (1, 2, 5, 6, 5)], [True, False]):
        dims = len(shape) - 2
        x = drawn(*shape)
        axes = [windows_of(n, kernel, step, padding, 1, ceil) for n in shape[2:]]

        def mean(seen, positions, shape=shape, include=include):
            if divisor is not None:
                return seen.sum() / divisor
            if not include:
                return seen.mean()
            inside = [
                sum(p < n + padding for p in ps) for ps, n in zip(positions, shape[2:], strict=True)
            ]
            return seen.sum() / np.prod(inside)

        pool = getattr(F, f"avg_pool{dims}d")
        found = pool(x, kernel, stride, padding, bool(ceil), include, divisor)
        np.testing.assert_allclose(found.numpy(), by_definition(x.numpy(), axes, mean), rtol=1e-12)


def test_adaptive_pools():
    for shape, counts in [((2, 3, 7), (3,)), ((3, 7, 8), (5, 3)), ((1, 2, 5, 6, 4), (2, 6, 3))]:
        dims = len(counts)
        x = drawn(*shape)
        axes = [
            [range(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
            for n, m in zip(shape[-dims:], counts, strict=True)
        ]
        mean = getattr(F, f"adaptive_avg_pool{dims}d")(x, counts)
        expected = by_definition(x.numpy(), axes, lambda seen, _: seen.mean())
        np.testing.assert_allclose(mean.numpy(), expected, rtol=1e-12)
        values, indices = getattr(F, f"adaptive_max_pool{dims}d")(x, counts, return_indices=True)
        expected = by_definition(x.numpy(), axes, lambda seen, _: seen.max())
        np.testing.assert_array_equal(values.numpy(), expected)
        lead = len(shape) - dims
        flat = x.flatten(lead).gather(lead, indices.flatten(lead)).view(values.shape)
        np.testing.assert_array_equal(flat.numpy(), expected)
    assert F.adaptive_avg_pool2d(x[0], (None, 2)).shape == (2, 5, 6, 2)
    assert F.adaptive_max_pool2d(torch.zeros(0, 2, 4, 4), 3).shape == (0, 2, 3, 3)
    assert F.adaptive_avg_pool2d(torch.zeros(1, 2, 4, 4), 0).shape == (1, 2, 0, 0)


def test_power_means():
    x = drawn(2, 3, 8)
    expected = by_definition(
        x.numpy(), [windows_of(8, 3, 2, 0, 1, False)], lambda seen, _: (seen**3).sum() ** (1 / 3)
    )
    np.testing.assert_allclose(F.lp_pool1d(x, 3, 3, 2).numpy(), expected, rtol=1e-12)
    assert F.lp_pool2d(torch.tensor([[[3.0], [4.0]]]), 2, (2, 1)).item() == 5.0
    assert F.lp_pool3d(torch.ones(1, 2, 2, 2), 1, 2).item() == 8.0


GRADIENTS = {
    "max1d": (lambda x: F.max_pool1d(x, 3, 2, 1), (2, 2, 7)),
    "max2d": (lambda x: F.max_pool2d(x, 2), (2, 4, 6)),
    "max2d overlapping": (lambda x: F.max_pool2d(x, (3, 2), 1, 1, (1, 2), True), (2, 4, 5)),
    "max3d": (lambda x: F.max_pool3d(x, 2, 1), (1, 3, 3, 3)),
    "max2d indices": (lambda x: F.max_pool2d(x, 2, return_indices=True)[0], (2, 4, 6)),
    "avg1d": (lambda x: F.avg_pool1d(x, 3, 2, 1, True, False), (2, 2, 6)),
    "avg2d": (lambda x: F.avg_pool2d(x, (2, 3), 1, 1, True), (2, 4, 5)),
    "avg3d": (lambda x: F.avg_pool3d(x, 2, divisor_override=5), (1, 4, 4, 4)),
    "adaptive avg1d": (lambda x: F.adaptive_avg_pool1d(x, 3), (2, 5)),
    "adaptive avg2d": (lambda x: F.adaptive_avg_pool2d(x, (3, 2)), (2, 4, 5)),
    "adaptive avg3d": (lambda x: F.adaptive_avg_pool3d(x, (1, 2, 4)), (1, 2, 4, 3)),
    "adaptive max1d": (lambda x: F.adaptive_max_pool1d(x, 3), (2, 5)),
    "adaptive max2d": (lambda x: F.adaptive_max_pool2d(x, (3, 2)), (2, 4, 5)),
    "adaptive max3d": (lambda x: F.adaptive_max_pool3d(x, (1, 2, 4)), (1, 2, 4, 3)),
    "lp2d": (lambda x: F.lp_pool2d(x + 1, 2, 2), (2, 4, 4)),
    "unpool": (
        lambda x: F.max_unpool2d(x, torch.tensor([[[3, 5], [8, 15]]]), 2), (1, 2, 2)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    function, shape = GRADIENTS[name]
    x = drawn(*shape, requires_grad=True)
    assert gradcheck(function, x)
    assert gradgradcheck(function, x)


def test_the_first_of_equals_and_the_first_nan_row_win():
    x = torch.zeros(1, 1, 4, 4, requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad[0, 0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]] * 2
    nan = float("nan")
    y = torch.tensor([[[1.0, 5.0], [nan, 7.0]]])
    values, indices = F.max_pool2d(y, 2, return_indices=True)
    assert values.isnan().item() and indices.item() == 2
    low = torch.full((1, 3, 3), -float("inf"))
    values, indices = F.max_pool2d(low, 2, 2, 1, return_indices=True)
    assert indices.tolist() == [[[0, 1], [3, 4]]]


def test_unpool_undoes_a_pool():
    x = drawn(2, 3, 5, 7)
    values, indices = F.max_pool2d(x, 2, return_indices=True)
    back = F.max_unpool2d(values, indices, 2, output_size=(5, 7))
    assert back.shape == x.shape and back.count_nonzero() == values.count_nonzero()
    assert torch.equal(F.max_pool2d(back, 2), values)


def test_dtypes_and_layouts():
    x = torch.arange(32).view(2, 4, 4)
    assert F.max_pool2d(x, 2).tolist()[0] == [[5, 7], [13, 15]]
    assert F.max_pool2d(x.transpose(0, 1), 2).shape == (4, 1, 2)
    assert F.avg_pool2d(x, 2).dtype is torch.int64
    for dtype in (torch.float16, torch.bfloat16):
        assert F.max_pool2d(x.to(dtype), 2).tolist()[1] == [[21, 23], [29, 31]]
        assert F.avg_pool2d(x.to(dtype), 4).tolist() == [[[7.5]], [[23.5]]]
        assert F.adaptive_avg_pool2d(x.to(dtype), (1, 2)).dtype is dtype
        y = x.to(dtype).requires_grad_()
        F.max_pool2d(y, 2).sum().backward()
        assert y.grad.dtype is dtype and y.grad.sum() == 8
    assert F.max_pool1d(torch.zeros(0, 3, 8), 2).shape == (0, 3, 4)
    # halves add up in float32
    assert F.avg_pool1d(torch.ones(1, 4098, dtype=torch.float16), 4098).item() == 1.0


ERRORS = [
    (lambda x: F.max_pool2d(x, (2, 2, 2)), RuntimeError, "kernel_size must either be a single int"),
    (lambda x: F.max_pool2d(x, 2, (1, 2, 3)), RuntimeError, "stride must either be omitted"),
    (lambda x: F.max_pool2d(x, 2, 0), RuntimeError, "stride should not be zero"),
    (lambda x: F.max_pool2d(x, 2, padding=2), RuntimeError, "pad should be at most half of"),
    (lambda x: F.max_pool2d(x, 2, padding=-1), RuntimeError, "pad must be non-negative"),
    (lambda x: F.max_pool2d(x, 2, dilation=0), RuntimeError, "dilation must be greater than zero"),
    (lambda x: F.max_pool2d(x, 9), RuntimeError, r"Calculated output size: \(3x0x0\)"),
    (lambda x: F.max_pool2d(x, 2.5), TypeError, "'kernel_size' .* must be tuple of ints"),
    (lambda x: F.max_pool2d(x, (2, 2.5)), TypeError, "found element of type float at pos 1"),
    (lambda x: F.max_pool2d(x, 2, ceil_mode=1), TypeError, "'ceil_mode' .* must be bool"),
    (lambda x: F.max_pool2d(x[0, 0], 2), RuntimeError, "non-empty 3D or 4D"),
    (lambda x: F.max_pool2d(x[:, :0], 2), RuntimeError, "Expected 3D or 4D"),
    (lambda x: F.max_pool2d(x.bool(), 2), NotImplementedError, "not implemented for 'Bool'"),
    (lambda x: F.max_pool1d(x[0].long(), 2), NotImplementedError, "'Long'"),
    (lambda x: F.max_pool1d(x[0], (2, 2)), RuntimeError, "kernel_size must be an int"),
    (lambda x: F.max_pool1d(x[0], 2, padding=-1), RuntimeError, "padding must be non-negative"),
    (lambda x: F.max_pool2d(3, 2), TypeError, "must be Tensor, not int"),
    (lambda x: F.avg_pool2d(x, 2, divisor_override=0), RuntimeError, "divisor must be not zero"),
    (lambda x: F.avg_pool2d(x.bool(), 2), NotImplementedError, "'Bool'"),
    (lambda x: F.adaptive_avg_pool2d(x, (1, 2, 3)), RuntimeError, "output_size must be 2"),
    (lambda x: F.adaptive_avg_pool2d(x, -1), RuntimeError, "greater than or equal to 0"),
    (lambda x: F.adaptive_avg_pool2d(x, 1.5), TypeError, "'output_size' must be tuple of ints"),
    (lambda x: F.adaptive_avg_pool2d(x[:, :, :0], 1), RuntimeError, "dimension 2 being empty"),
    (lambda x: F.adaptive_avg_pool2d(x[0, 0], 1), ValueError, "should be at least 3"),
    (lambda x: F.adaptive_avg_pool2d(x.long(), 2), NotImplementedError, "'Long'"),
    (lambda x: F.adaptive_max_pool1d(x, 2), RuntimeError, "Expected 2D or 3D tensor"),
    (lambda x: F.adaptive_max_pool2d(x.long(), 2), NotImplementedError, "'Long'"),
    (lambda x: F.max_unpool2d(x, x, 2), RuntimeError, "should be type int64 but got: Float"),
    (lambda x: F.max_unpool2d(x, x.long()[0], 2), RuntimeError, "Expected shape of indices"),
    (lambda x: F.max_unpool2d(x, x.long() + 399, 2), RuntimeError, "Found an invalid max index"),
    (lambda x: F.max_unpool2d(x[0, 0], x[0, 0].long(), 2), RuntimeError, "should be a 3d or 4d"),
    (lambda x: F.max_unpool2d(x, x.long(), 2, output_size=(9,)), ValueError, "2 or 4 elements"),
    (lambda x: F.max_unpool2d(x, x.long(), 2, output_size=(9, 16)), ValueError, "must be between"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), ERRORS)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call(torch.ones(2, 3, 8, 8))


@pytest.mark.parametrize("dims", [2, 3])
def test_fractional_pools(dims):
    shape = (2, 3, 9, 8, 7)[: dims + 2]
    x = drawn(*shape, requires_grad=True)
    samples = torch.tensor(np.random.default_rng(1).random((2, 3, dims)))
    pool = getattr(F, f"fractional_max_pool{dims}d")
    values, indices = pool(x, 2, 4, return_indices=True, _random_samples=samples)
    assert values.shape == (2, 3, *[4] * dims)
    flat = x.flatten(2).gather(2, indices.flatten(2)).view(values.shape)
    assert torch.equal(flat, values)
    # the last window ends with the input, and windows start in order
    places = np.unravel_index(indices.numpy(), shape[2:])
    for axis, place in enumerate(places, 2):
        last = np.take(place, -1, axis)
        assert (last >= shape[axis] - 2).all()
        others = tuple(d for d in range(2, dims + 2) if d != axis)
        assert (np.diff(place.min(others), axis=-1) >= -1).all()
    assert gradcheck(lambda x: pool(x, 2, 4, _random_samples=samples), x)
    assert gradgradcheck(lambda x: pool(x, 2, 4, _random_samples=samples), x)
    torch.manual_seed(3)
    first = pool(x, 2, output_ratio=(0.5,) * dims)
    torch.manual_seed(3)
    assert torch.equal(first, pool(x, 2, output_ratio=(0.5,) * dims))
    assert torch.equal(pool(x[0], 2, 4, _random_samples=samples[:1]), values[0])


def test_errors_of_fractional_pools():
    x = torch.ones(1, 3, 8, 8)
    with pytest.raises(ValueError, match="either an output_size or an output_ratio"):
        F.fractional_max_pool2d(x, 2)
    with pytest.raises(RuntimeError, match="pool height 8 too large relative to input height 8"):
        F.fractional_max_pool2d(x, 8, 3)
    with pytest.raises(RuntimeError, match="_random_samples of shape"):
        F.fractional_max_pool2d(x, 2, 3, _random_samples=torch.ones(1))
    with pytest.raises(NotImplementedError, match="'Long'"):
        F.fractional_max_pool2d(x.long(), 2, 3)
    with pytest.raises(ValueError, match="output_ratio must be between 0 and 1"):
        torch.nn.FractionalMaxPool2d(3, output_ratio=1.5)
    with pytest.raises(ValueError, match="only one of output_size and output_ratio"):
        torch.nn.FractionalMaxPool2d(3, 2, 0.5)


def test_results_have_memory_of_their_own():
    x = torch.zeros(1, 2, 4, 4)
    for result in (
        F.max_pool2d(x, 1),
        F.max_pool2d(x, 1, return_indices=True)[0],
        F.avg_pool2d(x, 1),
        F.adaptive_max_pool2d(x, 4),
        F.adaptive_avg_pool2d(x, 4),
        F.pixel_shuffle(x, 1),
        F.pixel_unshuffle(x, 1),
        F.channel_shuffle(x, 1),
        F.interpolate(x, 4),
        F.interpolate(x, 4, mode="bilinear"),
        F.pad(x, (0, 0)),
        F.pad(x, (0, 0, 0, 0), "reflect"),
        F.conv2d(x, torch.ones(2, 1, 1, 1), groups=2),
        F.conv_transpose2d(x, torch.ones(2, 1, 1, 1), groups=2),
    ):
        result += 1
        assert x.sum() == 0


def test_names_of_the_paired_form():
    x = drawn(1, 2, 6)
    for pair, plain in [
        (torch.adaptive_max_pool1d(x, 2), F.adaptive_max_pool1d(x, 2)),
        (F.adaptive_max_pool1d_with_indices(x, 2), F.adaptive_max_pool1d(x, 2)),
        (torch.max_pool1d_with_indices(x, 2, ceil_mode=True), F.max_pool1d(x, 2)),
        (F.max_pool2d_with_indices(x, 2), F.max_pool2d(x, 2)),
        (F.max_pool3d_with_indices(x[None], (1, 2, 2)), F.max_pool3d(x[None], (1, 2, 2))),
        (F.adaptive_max_pool2d_with_indices(x, 2), F.adaptive_max_pool2d(x, 2)),
        (F.adaptive_max_pool3d_with_indices(x[None], 1), F.adaptive_max_pool3d(x[None], 1)),
    ]:
        assert torch.equal(pair[0], plain) and pair[1].dtype is torch.int64
    assert len(F.fractional_max_pool2d_with_indices(drawn(1, 4, 4), 2, 2)) == 2
    assert len(F.fractional_max_pool3d_with_indices(drawn(1, 4, 4, 4), 2, 2)) == 2
