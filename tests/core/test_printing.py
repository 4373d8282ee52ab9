"""Printed tensors against the exact strings of PyTorch 2.13: numbers, shapes and summaries.

May import: core.
"""

import ml_dtypes
import numpy as np
import pytest

from rushlight.core import printing

nan, inf = np.nan, np.inf

# Each row: elements, dtype, then what is set or said about the tensor, and what PyTorch prints.
NUMBERS = [
    (0.0, "float32", {}, "tensor(0.)"),
    (-0.0, "float32", {}, "tensor(-0.)"),
    (3.14159, "float32", {}, "tensor(3.1416)"),
    (1e-4, "float32", {}, "tensor(1.0000e-04)"),
    (1e10, "float32", {}, "tensor(1.0000e+10)"),
    (1e-7, "float32", {}, "tensor(1.0000e-07)"),
    (100000000.0, "float32", {}, "tensor(100000000.)"),
    (150000000.0, "float32", {}, "tensor(1.5000e+08)"),
    (nan, "float32", {}, "tensor(nan)"),
    (-inf, "float32", {}, "tensor(-inf)"),
    (2.0, "float32", {}, "tensor(2.)"),
    ([1.0, -2.0], "float32", {}, "tensor([ 1., -2.])"),
    ([1.0, 1000.0], "float32", {}, "tensor([   1., 1000.])"),
    ([1.0, 1001.0], "float32", {}, "tensor([1.0000e+00, 1.0010e+03])"),
    ([1.5, 1501.0], "float32", {}, "tensor([1.5000e+00, 1.5010e+03])"),
    ([0.1, 99.9], "float32", {}, "tensor([ 0.1000, 99.9000])"),
    ([nan, 1.0], "float32", {}, "tensor([nan, 1.])"),
    ([nan, 1.5], "float32", {}, "tensor([   nan, 1.5000])"),
    ([-inf, nan, 0.0], "float32", {}, "tensor([-inf, nan, 0.])"),
    ([0.0, -0.0], "float32", {}, "tensor([0., -0.])"),
    ([-0.0, 1.5], "float32", {}, "tensor([-0.0000, 1.5000])"),
    ([inf, 1e10], "float32", {}, "tensor([       inf, 1.0000e+10])"),
    ([0.0, 1e-5], "float32", {}, "tensor([0.0000e+00, 1.0000e-05])"),
    ([1e38, 1e-38], "float32", {}, "tensor([1.0000e+38, 1.0000e-38])"),
    ([12345678.0, 1.0], "float32", {}, "tensor([1.2346e+07, 1.0000e+00])"),
    ([99999.0, 100.0], "float32", {}, "tensor([99999.,   100.])"),
    ([0.99996, 9.99996], "float32", {}, "tensor([ 1.0000, 10.0000])"),
    (1e-4, "float64", {}, "tensor(0.0001, dtype=torch.float64)"),
    ([1e-4, 0.1], "float64", {}, "tensor([0.0001, 0.1000], dtype=torch.float64)"),
    ([1e300, 1e-300], "float64", {}, "tensor([1.0000e+300, 1.0000e-300], dtype=torch.float64)"),
    ([1e-310, 2e-310], "float64", {}, "tensor([1.0000e-310, 2.0000e-310], dtype=torch.float64)"),
    ([0.1, 100.0], "float64", {}, "tensor([  0.1000, 100.0000], dtype=torch.float64)"),
    (0.1, "float16", {}, "tensor(0.1000, dtype=torch.float16)"),
    ([0.1, 100.0], "float16", {}, "tensor([9.9976e-02, 1.0000e+02], dtype=torch.float16)"),
    ([1.0, 0.001], "float16", {}, "tensor([1.0000, 0.0010], dtype=torch.float16)"),
    (65504.0, "float16", {}, "tensor(65504., dtype=torch.float16)"),
    ([1.0, 1001.0], "float16", {}, "tensor([1.0000e+00, 1.0010e+03], dtype=torch.float16)"),
    (
        [nan, -inf, 6e-8],
        "float16",
        {},
        "tensor([       nan,       -inf, 5.9605e-08], dtype=torch.float16)",
    ),
    (0.1, "bfloat16", {}, "tensor(0.1001, dtype=torch.bfloat16)"),
    ([0.1, 100.0], "bfloat16", {}, "tensor([  0.1001, 100.0000], dtype=torch.bfloat16)"),
    ([1.0, 0.001], "bfloat16", {}, "tensor([1.0000e+00, 9.9945e-04], dtype=torch.bfloat16)"),
    (65504.0, "bfloat16", {}, "tensor(65536., dtype=torch.bfloat16)"),
    ([1.0, 1001.0], "bfloat16", {}, "tensor([   1., 1000.], dtype=torch.bfloat16)"),
    (
        [nan, -inf, 6e-8],
        "bfloat16",
        {},
        "tensor([       nan,       -inf, 6.0070e-08], dtype=torch.bfloat16)",
    ),
]

INTEGERS = [
    ([0, 7, 100], "int64", {}, "tensor([  0,   7, 100])"),
    (5, "int64", {}, "tensor(5)"),
    ([0, 7, 100], "int32", {}, "tensor([  0,   7, 100], dtype=torch.int32)"),
    (5, "int32", {}, "tensor(5, dtype=torch.int32)"),
    ([0, 7, 100], "int16", {}, "tensor([  0,   7, 100], dtype=torch.int16)"),
    (5, "int16", {}, "tensor(5, dtype=torch.int16)"),
    ([0, 7, 100], "int8", {}, "tensor([  0,   7, 100], dtype=torch.int8)"),
    (5, "int8", {}, "tensor(5, dtype=torch.int8)"),
    ([0, 7, 100], "uint8", {}, "tensor([  0,   7, 100], dtype=torch.uint8)"),
    (5, "uint8", {}, "tensor(5, dtype=torch.uint8)"),
    ([-5, 3], "int8", {}, "tensor([-5,  3], dtype=torch.int8)"),
    ([2**62, -(2**63)], "int64", {}, "tensor([ 4611686018427387904, -9223372036854775808])"),
    (True, "bool", {}, "tensor(True)"),
    ([True, False], "bool", {}, "tensor([ True, False])"),
    ([[True], [True]], "bool", {}, ("tensor([[True],\n        [True]])")),
]

COMPLEX = [
    (1 + 2j, "complex64", {}, "tensor(1.+2.j)"),
    ([1.5 - 2j, 0], "complex64", {}, "tensor([1.5000-2.j, 0.0000+0.j])"),
    ([complex(nan, inf), 1], "complex64", {}, "tensor([nan+infj, 1.+0.j])"),
    ([1e-5 + 1j], "complex64", {}, "tensor([1.0000e-05+1.j])"),
    ([1e10j], "complex64", {}, "tensor([0.+1.0000e+10j])"),
    ([complex(-0.0, -0.0)], "complex64", {}, "tensor([-0.-0.j])"),
    ([1 + 1.5j, -2 - 3.5j], "complex64", {}, "tensor([ 1.+1.5000j, -2.-3.5000j])"),
    (
        [1.5 + 2.5j, 1 + 1000.5j, -1e-3j],
        "complex64",
        {},
        "tensor([1.5000+2.5000e+00j, 1.0000+1.0005e+03j, -0.0000-1.0000e-03j])",
    ),
    (
        [1.5 + 2.5j, 100 + 10.5j, -3j],
        "complex64",
        {},
        "tensor([  1.5000+2.5000j, 100.0000+10.5000j,  -0.0000-3.0000j])",
    ),
    ([complex(0, -inf), 1.5], "complex64", {}, "tensor([0.0000-infj, 1.5000+0.j])"),
    ([complex(1, nan)], "complex64", {}, "tensor([1.+nanj])"),
    (
        [0j] * 16,
        "complex64",
        {},
        (
            "tensor([0.+0.j, 0.+0.j, 0.+0.j, 0.+0.j, 0.+0.j, 0.+0.j, 0.+0.j, 0.+0.j, 0.+0.j, "
            "0.+0.j, 0.+0.j, 0.+0.j, 0.+0.j, 0.+0.j,\n"
            "        0.+0.j, 0.+0.j])"
        ),
    ),
    ([1 + 2j], "complex128", {}, "tensor([1.+2.j], dtype=torch.complex128)"),
    (
        [[1.5 + 2j, 3], [-1e6j, 1e-3]],
        "complex128",
        {},
        (
            "tensor([[1.5000e+00+2.0000e+00j, 3.0000e+00+0.0000e+00j],\n"
            "        [-0.0000e+00-1.0000e+06j, 1.0000e-03+0.0000e+00j]],\n"
            "       dtype=torch.complex128)"
        ),
    ),
]

SHAPES = [
    (np.zeros(0), "float32", {}, "tensor([])"),
    (np.zeros(0), "int64", {}, "tensor([], dtype=torch.int64)"),
    (np.zeros(0), "complex64", {}, "tensor([], dtype=torch.complex64)"),
    (np.zeros(0), "float64", {}, "tensor([], dtype=torch.float64)"),
    (np.zeros((0, 3)), "float32", {}, "tensor([], size=(0, 3))"),
    (np.zeros((0, 3)), "int64", {}, "tensor([], size=(0, 3), dtype=torch.int64)"),
    (np.zeros((0, 3)), "complex64", {}, "tensor([], size=(0, 3), dtype=torch.complex64)"),
    (np.zeros((0, 3)), "float64", {}, "tensor([], size=(0, 3), dtype=torch.float64)"),
    (np.zeros((3, 0)), "float32", {}, "tensor([], size=(3, 0))"),
    (np.zeros((3, 0)), "int64", {}, "tensor([], size=(3, 0), dtype=torch.int64)"),
    (np.zeros((3, 0)), "complex64", {}, "tensor([], size=(3, 0), dtype=torch.complex64)"),
    (np.zeros((3, 0)), "float64", {}, "tensor([], size=(3, 0), dtype=torch.float64)"),
    (np.zeros((2, 0, 3)), "float32", {}, "tensor([], size=(2, 0, 3))"),
    (np.zeros((2, 0, 3)), "int64", {}, "tensor([], size=(2, 0, 3), dtype=torch.int64)"),
    (np.zeros((2, 0, 3)), "complex64", {}, "tensor([], size=(2, 0, 3), dtype=torch.complex64)"),
    (np.zeros((2, 0, 3)), "float64", {}, "tensor([], size=(2, 0, 3), dtype=torch.float64)"),
    (np.zeros((0, 3)), "bool", {}, "tensor([], size=(0, 3), dtype=torch.bool)"),
    (
        np.zeros((0, 3)),
        "float64",
        {"requires_grad": True},
        "tensor([], size=(0, 3), dtype=torch.float64, requires_grad=True)",
    ),
    (
        np.zeros((0, 3)),
        "float32",
        {"grad_fn": "CloneBackward0"},
        "tensor([], size=(0, 3), grad_fn=<CloneBackward0>)",
    ),
    (
        np.zeros(30),
        "float32",
        {},
        (
            "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., "
            "0., 0., 0., 0., 0.,\n"
            "        0., 0., 0., 0., 0., 0.])"
        ),
    ),
    (
        [nan] * 30,
        "float32",
        {},
        (
            "tensor([nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, "
            "nan, nan, nan, nan, nan, nan, nan, nan, nan,\n"
            "        nan, nan, nan, nan, nan, nan])"
        ),
    ),
    (
        [True] * 20,
        "bool",
        {},
        (
            "tensor([True, True, True, True, True, True, True, True, True, True, True, True,\n"
            "        True, True, True, True, True, True, True, True])"
        ),
    ),
    (
        np.arange(26),
        "int64",
        {},
        (
            "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
            "        18, 19, 20, 21, 22, 23, 24, 25])"
        ),
    ),
    (
        [0.5] * 12,
        "float32",
        {},
        (
            "tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000,\n"
            "        0.5000, 0.5000, 0.5000])"
        ),
    ),
    ([[1.0, 2.0], [3.0, 4.0]], "float32", {}, ("tensor([[1., 2.],\n        [3., 4.]])")),
    (
        np.arange(8.0).reshape(2, 2, 2),
        "float32",
        {},
        ("tensor([[[0., 1.],\n         [2., 3.]],\n\n        [[4., 5.],\n         [6., 7.]]])"),
    ),
    (
        np.arange(8.0).reshape(2, 2, 2, 1),
        "float32",
        {},
        (
            "tensor([[[[0.],\n"
            "          [1.]],\n"
            "\n"
            "         [[2.],\n"
            "          [3.]]],\n"
            "\n"
            "\n"
            "        [[[4.],\n"
            "          [5.]],\n"
            "\n"
            "         [[6.],\n"
            "          [7.]]]])"
        ),
    ),
    (
        np.arange(40.0).reshape(2, 20) / 4,
        "float32",
        {},
        (
            "tensor([[0.0000, 0.2500, 0.5000, 0.7500, 1.0000, 1.2500, 1.5000, 1.7500, 2.0000,\n"
            "         2.2500, 2.5000, 2.7500, 3.0000, 3.2500, 3.5000, 3.7500, 4.0000, 4.2500,\n"
            "         4.5000, 4.7500],\n"
            "        [5.0000, 5.2500, 5.5000, 5.7500, 6.0000, 6.2500, 6.5000, 6.7500, 7.0000,\n"
            "         7.2500, 7.5000, 7.7500, 8.0000, 8.2500, 8.5000, 8.7500, 9.0000, 9.2500,\n"
            "         9.5000, 9.7500]])"
        ),
    ),
    (np.ones((1, 1, 1, 1, 1)), "float32", {}, "tensor([[[[[1.]]]]])"),
]

SUMMARIES = [
    (
        np.arange(1000),
        "int64",
        {"linewidth": 200, "edgeitems": 1, "threshold": 999},
        "tensor([  0,  ..., 999])",
    ),
    (np.arange(1001), "int64", {}, "tensor([   0,    1,    2,  ...,  998,  999, 1000])"),
    (np.arange(1001.0), "float32", {}, "tensor([   0.,    1.,    2.,  ...,  998.,  999., 1000.])"),
    (
        np.arange(1600.0).reshape(40, 40),
        "float32",
        {},
        (
            "tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 3.7000e+01, 3.8000e+01,\n"
            "         3.9000e+01],\n"
            "        [4.0000e+01, 4.1000e+01, 4.2000e+01,  ..., 7.7000e+01, 7.8000e+01,\n"
            "         7.9000e+01],\n"
            "        [8.0000e+01, 8.1000e+01, 8.2000e+01,  ..., 1.1700e+02, 1.1800e+02,\n"
            "         1.1900e+02],\n"
            "        ...,\n"
            "        [1.4800e+03, 1.4810e+03, 1.4820e+03,  ..., 1.5170e+03, 1.5180e+03,\n"
            "         1.5190e+03],\n"
            "        [1.5200e+03, 1.5210e+03, 1.5220e+03,  ..., 1.5570e+03, 1.5580e+03,\n"
            "         1.5590e+03],\n"
            "        [1.5600e+03, 1.5610e+03, 1.5620e+03,  ..., 1.5970e+03, 1.5980e+03,\n"
            "         1.5990e+03]])"
        ),
    ),
    (
        np.arange(1001.0).reshape(7, 11, 13),
        "float32",
        {"edgeitems": 1},
        (
            "tensor([[[   0.,  ...,   12.],\n"
            "         ...,\n"
            "         [ 130.,  ...,  142.]],\n"
            "\n"
            "        ...,\n"
            "\n"
            "        [[ 858.,  ...,  870.],\n"
            "         ...,\n"
            "         [ 988.,  ..., 1000.]]])"
        ),
    ),
    (
        np.arange(1200.0).reshape(1, 1, 1200),
        "float32",
        {},
        (
            "tensor([[[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 1.1970e+03,\n"
            "          1.1980e+03, 1.1990e+03]]])"
        ),
    ),
    (
        np.arange(1200).reshape(200, 6),
        "int32",
        {},
        (
            "tensor([[   0,    1,    2,    3,    4,    5],\n"
            "        [   6,    7,    8,    9,   10,   11],\n"
            "        [  12,   13,   14,   15,   16,   17],\n"
            "        ...,\n"
            "        [1182, 1183, 1184, 1185, 1186, 1187],\n"
            "        [1188, 1189, 1190, 1191, 1192, 1193],\n"
            "        [1194, 1195, 1196, 1197, 1198, 1199]], dtype=torch.int32)"
        ),
    ),
    (
        np.arange(1200).reshape(6, 200) % 200,
        "uint8",
        {},
        (
            "tensor([[  0,   1,   2,  ..., 197, 198, 199],\n"
            "        [  0,   1,   2,  ..., 197, 198, 199],\n"
            "        [  0,   1,   2,  ..., 197, 198, 199],\n"
            "        [  0,   1,   2,  ..., 197, 198, 199],\n"
            "        [  0,   1,   2,  ..., 197, 198, 199],\n"
            "        [  0,   1,   2,  ..., 197, 198, 199]], dtype=torch.uint8)"
        ),
    ),
    (
        np.linspace(-1, 1, 1001),
        "float64",
        {},
        (
            "tensor([-1.0000, -0.9980, -0.9960,  ...,  0.9960,  0.9980,  1.0000],\n"
            "       dtype=torch.float64)"
        ),
    ),
    (np.zeros(1001), "bool", {}, "tensor([False, False, False,  ..., False, False, False])"),
    (
        np.arange(1001) * 1j,
        "complex64",
        {},
        "tensor([0.+0.j, 0.+1.j, 0.+2.j,  ..., 0.+998.j, 0.+999.j, 0.+1000.j])",
    ),
    (
        np.r_[0.0:600.0, 1e9, 0.0:600.0],
        "float32",
        {},
        "tensor([  0.,   1.,   2.,  ..., 597., 598., 599.])",
    ),
    (
        np.zeros(1001),
        "float32",
        {"requires_grad": True},
        "tensor([0., 0., 0.,  ..., 0., 0., 0.], requires_grad=True)",
    ),
]


ABOUT_TENSOR = ("requires_grad", "grad_fn")


def array_of(elements, dtype_name):
    return np.array(elements).astype(
        ml_dtypes.bfloat16 if dtype_name == "bfloat16" else np.dtype(dtype_name)
    )


@pytest.mark.parametrize(
    ("elements", "dtype_name", "details", "expected"),
    NUMBERS + INTEGERS + COMPLEX + SHAPES + SUMMARIES,
)
def test_printed_form(elements, dtype_name, details, expected):
    about = {name: details[name] for name in details if name in ABOUT_TENSOR}
    options = {name: details[name] for name in details if name not in ABOUT_TENSOR}
    with printing.printoptions(**options):
        printed = printing.tensor_repr(array_of(elements, dtype_name), dtype_name, **about)
    assert printed == expected


@pytest.mark.parametrize(
    ("default_float", "unsaid", "said"),
    [
        ("float32", ["float32", "complex64", "int64", "bool"], ["float64", "complex128", "int32"]),
        ("float64", ["float64", "complex128", "int64", "bool"], ["float32", "complex64", "uint8"]),
        ("bfloat16", ["bfloat16", "complex64"], ["float32", "float16", "complex128"]),
    ],
)
def test_dtype_is_said_unless_a_reader_infers_it(default_float, unsaid, said):
    for name in unsaid + said:
        array = array_of([1, 0], name)
        printed = printing.tensor_repr(array, name, default_float=default_float)
        assert printed.endswith(f"], dtype=torch.{name})") == (name in said)
        empty = printing.tensor_repr(array[:0], name, default_float=default_float)
        implied = name == default_float
        assert empty == ("tensor([])" if implied else f"tensor([], dtype=torch.{name})")


def test_prefix_sets_the_indentation():
    printed = printing.tensor_repr(array_of([[1, 2], [3, 4]], "float32"), "float32", prefix="M(")
    assert printed == "M([[1., 2.],\n   [3., 4.]])"


def test_contents_stand_in_for_the_elements():
    array = array_of([1, 2], "float64")
    printed = printing.tensor_repr(array, "float64", contents="xx", requires_grad=True)
    assert printed == "tensor(xx, dtype=torch.float64, requires_grad=True)"
    empty = printing.tensor_repr(np.zeros((0, 3), np.int64), "int64", contents="xx")
    assert empty == "tensor(xx, size=(0, 3), dtype=torch.int64)"


def test_device_comes_first():
    printed = printing.tensor_repr(array_of([1, 2], "int32"), "int32", device="cuda:0")
    assert printed == "tensor([1, 2], device='cuda:0', dtype=torch.int32)"


def test_views_print_what_they_show():
    array = np.arange(8, dtype=np.float32).reshape(2, 4)
    assert printing.tensor_repr(array[::-1, ::-2], "float32") == (
        "tensor([[7., 5.],\n        [3., 1.]])"
    )
    assert printing.tensor_repr(np.broadcast_to(array[0, 1:2], 3), "float32") == (
        "tensor([1., 1., 1.])"
    )
