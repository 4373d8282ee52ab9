"""Print options, wrapped suffixes and printed storages against the exact strings of PyTorch 2.13.

May import: core.
"""

import ml_dtypes
import numpy as np
import pytest

from rushlight.core import printing

nan, inf = np.nan, np.inf

# Each row: elements, dtype, then what is set or said about the tensor, and what PyTorch prints.
OPTIONS = [
    ([1.23456, 100.5, nan], "float32", {"precision": 0}, "tensor([  1, 100, nan])"),
    ([1.23456, 100.5, nan], "float32", {"precision": 1}, "tensor([  1.2, 100.5,   nan])"),
    ([1.23456, 100.5, nan], "float32", {"precision": 2}, "tensor([  1.23, 100.50,    nan])"),
    (
        [1.23456, 100.5, nan],
        "float32",
        {"precision": 10},
        "tensor([  1.2345600128, 100.5000000000,            nan])",
    ),
    ([1.0, 2.0], "float32", {"precision": 0}, "tensor([1., 2.])"),
    ([1.0, 1e9], "float32", {"precision": 0}, "tensor([1e+00, 1e+09])"),
    (
        [1.23456, 100.5, nan],
        "float32",
        {"sci_mode": True},
        "tensor([1.2346e+00, 1.0050e+02,        nan])",
    ),
    ([1.0, 2.0], "float32", {"sci_mode": True}, "tensor([1.0000e+00, 2.0000e+00])"),
    ([0.0, nan], "float32", {"sci_mode": True}, "tensor([0., nan])"),
    ([1, 2], "int64", {"sci_mode": True}, "tensor([1, 2])"),
    (
        [1.5, 1e20, nan, 1e-6],
        "float32",
        {"sci_mode": False},
        (
            "tensor([                    1.5000, 100000002004087734272.0000,\n"
            "                               nan,                     0.0000])"
        ),
    ),
    ([1.0, 1e10], "float32", {"sci_mode": False}, "tensor([          1., 10000000000.])"),
    ([1.5 + 2j], "complex64", {"sci_mode": True}, "tensor([1.5000e+00+2.0000e+00j])"),
    ([1.23456, 2.5], "float32", {"profile": "short"}, "tensor([1.23, 2.50])"),
    (np.arange(9), "int64", {"threshold": 5}, "tensor([0, 1, 2,  ..., 6, 7, 8])"),
    (np.arange(9), "int64", {"threshold": 5, "edgeitems": 1}, "tensor([0,  ..., 8])"),
    (
        np.arange(9).reshape(3, 3),
        "int64",
        {"threshold": 5, "edgeitems": 1},
        ("tensor([[0,  ..., 2],\n        ...,\n        [6,  ..., 8]])"),
    ),
    (np.arange(5), "int64", {"threshold": 5}, "tensor([0, 1, 2, 3, 4])"),
    ([1.5, 2.5], "float32", {"edgeitems": 0}, "tensor([1.5000, 2.5000], size=(2,))"),
    (1.5, "float32", {"edgeitems": 0}, "tensor(1.5000, size=())"),
    (np.zeros(0), "float32", {"edgeitems": 0}, "tensor([])"),
    (
        np.zeros((2, 3)),
        "float64",
        {"edgeitems": 0, "threshold": 1},
        "tensor([...], size=(2, 3), dtype=torch.float64)",
    ),
    (
        [1.5, 2.5, 3.5],
        "float32",
        {"linewidth": 0},
        ("tensor([1.5000,\n        2.5000,\n        3.5000])"),
    ),
    (
        [1.5, 2.5, 3.5],
        "float32",
        {"linewidth": 10},
        ("tensor([1.5000,\n        2.5000,\n        3.5000])"),
    ),
    ([1.5, 2.5, 3.5], "float32", {"linewidth": 26}, ("tensor([1.5000, 2.5000,\n        3.5000])")),
    ([1.5, 2.5, 3.5], "float32", {"linewidth": 27}, ("tensor([1.5000, 2.5000,\n        3.5000])")),
    ([1.5, 2.5, 3.5], "float32", {"linewidth": 40}, "tensor([1.5000, 2.5000, 3.5000])"),
    (
        np.arange(20),
        "int64",
        {"profile": "short", "threshold": 10},
        "tensor([ 0,  1,  ..., 18, 19])",
    ),
]

SUFFIXES = [
    (1.5, "float32", {"requires_grad": True}, "tensor(1.5000, requires_grad=True)"),
    ([1.5], "float32", {"grad_fn": "CloneBackward0"}, "tensor([1.5000], grad_fn=<CloneBackward0>)"),
    ([1.5], "float32", {"grad_fn": "MulBackward0"}, "tensor([1.5000], grad_fn=<MulBackward0>)"),
    (
        [1.5],
        "float64",
        {"requires_grad": True},
        "tensor([1.5000], dtype=torch.float64, requires_grad=True)",
    ),
    (
        [0.5] * 7,
        "float32",
        {"requires_grad": True},
        (
            "tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000],\n"
            "       requires_grad=True)"
        ),
    ),
    (
        [0.5] * 6,
        "float32",
        {"grad_fn": "CloneBackward0"},
        (
            "tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000],\n"
            "       grad_fn=<CloneBackward0>)"
        ),
    ),
    (
        [0.5] * 6,
        "float64",
        {"grad_fn": "CloneBackward0"},
        (
            "tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000], dtype=torch.float64,\n"
            "       grad_fn=<CloneBackward0>)"
        ),
    ),
    (
        [[0.5], [1.5]],
        "float64",
        {"grad_fn": "CloneBackward0"},
        ("tensor([[0.5000],\n        [1.5000]], dtype=torch.float64, grad_fn=<CloneBackward0>)"),
    ),
    (
        [0.5] * 8,
        "complex64",
        {"grad_fn": "CloneBackward0"},
        (
            "tensor([0.5000+0.j, 0.5000+0.j, 0.5000+0.j, 0.5000+0.j, 0.5000+0.j, 0.5000+0.j, "
            "0.5000+0.j,\n"
            "        0.5000+0.j], grad_fn=<CloneBackward0>)"
        ),
    ),
    (
        0.001,
        "float16",
        {"linewidth": 59, "grad_fn": "CloneBackward0"},
        ("tensor(0.0010, dtype=torch.float16,\n       grad_fn=<CloneBackward0>)"),
    ),
    (
        0.001,
        "float16",
        {"linewidth": 60, "grad_fn": "CloneBackward0"},
        ("tensor(0.0010, dtype=torch.float16,\n       grad_fn=<CloneBackward0>)"),
    ),
    (
        0.001,
        "float16",
        {"linewidth": 61, "grad_fn": "CloneBackward0"},
        ("tensor(0.0010, dtype=torch.float16,\n       grad_fn=<CloneBackward0>)"),
    ),
    (
        0.001,
        "float16",
        {"linewidth": 62, "grad_fn": "CloneBackward0"},
        "tensor(0.0010, dtype=torch.float16, grad_fn=<CloneBackward0>)",
    ),
    (
        [1.25] * 5,
        "complex128",
        {"linewidth": 49, "requires_grad": True},
        (
            "tensor([1.2500+0.j, 1.2500+0.j, 1.2500+0.j, 1.2500+0.j,\n"
            "        1.2500+0.j], dtype=torch.complex128,\n"
            "       requires_grad=True)"
        ),
    ),
    (
        [1.25] * 5,
        "complex128",
        {"linewidth": 50, "requires_grad": True},
        (
            "tensor([1.2500+0.j, 1.2500+0.j, 1.2500+0.j, 1.2500+0.j,\n"
            "        1.2500+0.j], dtype=torch.complex128,\n"
            "       requires_grad=True)"
        ),
    ),
    (
        [1.25] * 5,
        "complex128",
        {"linewidth": 51, "requires_grad": True},
        (
            "tensor([1.2500+0.j, 1.2500+0.j, 1.2500+0.j, 1.2500+0.j,\n"
            "        1.2500+0.j], dtype=torch.complex128,\n"
            "       requires_grad=True)"
        ),
    ),
    (
        [1.25] * 5,
        "complex128",
        {"linewidth": 48, "requires_grad": True},
        (
            "tensor([1.2500+0.j, 1.2500+0.j, 1.2500+0.j, 1.2500+0.j,\n"
            "        1.2500+0.j], dtype=torch.complex128,\n"
            "       requires_grad=True)"
        ),
    ),
]

ABOUT_TENSOR = ("requires_grad", "grad_fn")


def array_of(elements, dtype_name):
    return np.array(elements).astype(
        ml_dtypes.bfloat16 if dtype_name == "bfloat16" else np.dtype(dtype_name)
    )


@pytest.mark.parametrize(
    ("elements", "dtype_name", "details", "expected"),
    OPTIONS + SUFFIXES,
)
def test_printed_form(elements, dtype_name, details, expected):
    about = {name: details[name] for name in details if name in ABOUT_TENSOR}
    options = {name: details[name] for name in details if name not in ABOUT_TENSOR}
    with printing.printoptions(**options):
        printed = printing.tensor_repr(array_of(elements, dtype_name), dtype_name, **about)
    assert printed == expected


def test_full_profile_shows_everything():
    with printing.printoptions(profile="full"):
        printed = printing.tensor_repr(np.arange(5000), "int64")
    shown = printed.removeprefix("tensor([").removesuffix("])").replace("\n", "").split(",")
    assert [int(text) for text in shown] == list(range(5000))


def test_infinite_linewidth_gives_one_line():
    with printing.printoptions(linewidth=inf):
        assert "\n" not in printing.tensor_repr(np.arange(500.0), "float64", requires_grad=True)


@pytest.mark.parametrize(
    ("flat", "dtype_name", "expected"),
    [
        (
            array_of([0.1, 1e-9, 1e20, nan], "float32"),
            "float32",
            " 0.10000000149011612\n 9.999999717180685e-10\n 1.0000000200408773e+20\n nan\n"
            "[torch.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 4]",
        ),
        (
            array_of([0.1], "bfloat16"),
            "bfloat16",
            " 0.10009765625\n"
            "[torch.storage.TypedStorage(dtype=torch.bfloat16, device=cpu) of size 1]",
        ),
        (
            array_of([0, 0], "complex64"),
            "complex64",
            " 0j\n 0j\n[torch.storage.TypedStorage(dtype=torch.complex64, device=cpu) of size 2]",
        ),
        (
            array_of([True, False], "bool"),
            "bool",
            " True\n False\n[torch.storage.TypedStorage(dtype=torch.bool, device=cpu) of size 2]",
        ),
        (
            array_of([], "float64"),
            "float64",
            " \n[torch.storage.TypedStorage(dtype=torch.float64, device=cpu) of size 0]",
        ),
        (
            array_of([0, 255], "uint8"),
            None,
            " 0\n 255\n[torch.storage.UntypedStorage(device=cpu) of size 2]",
        ),
    ],
)
def test_storage(flat, dtype_name, expected):
    assert printing.storage_repr(flat, dtype_name) == expected


def test_options_start_as_pytorch_has_them():
    assert list(printing.get_printoptions().items()) == [
        ("precision", 4),
        ("threshold", 1000),
        ("edgeitems", 3),
        ("linewidth", 80),
        ("sci_mode", None),
    ]


def test_every_call_sets_sci_mode_and_keeps_the_rest():
    with printing.printoptions():
        printing.set_printoptions(sci_mode=True, precision=2)
        printing.set_printoptions(linewidth=60)
        assert printing.get_printoptions() == {
            "precision": 2,
            "threshold": 1000,
            "edgeitems": 3,
            "linewidth": 60,
            "sci_mode": None,
        }
        printing.set_printoptions(profile="short", edgeitems=1)
        assert printing.get_printoptions() == {
            "precision": 2,
            "threshold": 1000,
            "edgeitems": 1,
            "linewidth": 80,
            "sci_mode": None,
        }


def test_printoptions_are_put_back_after_an_error():
    before = printing.get_printoptions()
    with pytest.raises(KeyError), printing.printoptions(precision=1, sci_mode=True):
        assert printing.get_printoptions()["precision"] == 1
        raise KeyError
    assert printing.get_printoptions() == before


def test_options_handed_out_are_a_copy():
    printing.get_printoptions()["precision"] = 9
    assert printing.get_printoptions()["precision"] == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": -1}, "precision must be an int >= 0, but got -1"),
        ({"precision": 2.5}, "precision must be an int >= 0, but got 2.5"),
        ({"precision": "a"}, "precision must be an int >= 0, but got 'a'"),
        ({"edgeitems": -1}, "edgeitems must be an int >= 0, but got -1"),
        ({"threshold": "x"}, "threshold must be a number, but got 'x'"),
        ({"threshold": nan}, "threshold must be a number, but got nan"),
        ({"linewidth": "80"}, "linewidth must be a number, but got '80'"),
        ({"profile": "Short"}, "profile must be one of 'default', 'short', 'full', but got 'Short"),
    ],
)
def test_bad_options_change_nothing(options, message):
    before = printing.get_printoptions()
    with pytest.raises(ValueError, match=message):
        printing.set_printoptions(**{"sci_mode": True, "precision": 3, **options})
    assert printing.get_printoptions() == before
