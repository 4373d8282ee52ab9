"""Compiled functions: containers, aliases, numbers that change, and what cannot be followed.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch

pytest.importorskip("llvmlite")


def test_nested_containers_and_keywords():
    def function(pair, *, scale=1.0, names=None):
        first, second = pair["a"], pair["b"][0]
        return {"sum": first + second, "parts": (first * scale, [second, "kept"])}

    compiled = torch.compile(function)
    tree = {"a": torch.ones(2), "b": [torch.full((2,), 2.0)]}
    for scale in (2.0, 3.0, 2.0):
        found = compiled(tree, scale=scale)
        assert found["sum"].tolist() == [3, 3]
        assert found["parts"][0].tolist() == [scale, scale]
        assert found["parts"][1][1] == "kept"


def test_a_number_of_an_enclosing_function_may_change():
    rate = 2.0

    def function(x):
        return x * rate

    compiled = torch.compile(function)
    x = torch.ones(2)
    for rate in (2.0, 3.0, 2.0, 4.0):
        assert compiled(x).tolist() == [rate, rate]


def test_a_tensor_of_an_enclosing_function_may_change_in_place_or_be_another():
    held = torch.ones(2)
    compiled = torch.compile(lambda x: x + held)
    x = torch.ones(2)
    assert compiled(x).tolist() == [2, 2]
    held += 1
    assert compiled(x).tolist() == [3, 3]
    held = torch.zeros(2)
    assert compiled(x).tolist() == [1, 1]


def test_items_of_a_list_may_change():
    held = [torch.ones(2), 2.0]
    compiled = torch.compile(lambda x: x * held[1] + held[0])
    x = torch.ones(2)
    assert compiled(x).tolist() == [3, 3]
    held[1] = 5.0
    assert compiled(x).tolist() == [6, 6]
    held[0] = torch.zeros(2)
    assert compiled(x).tolist() == [5, 5]


def test_arguments_may_be_changed_in_place_and_returned():
    def function(x, y):
        x.add_(1)
        x[0] = 7
        return x, y.t()

    compiled = torch.compile(function)
    for _ in range(3):
        x, y = torch.zeros(3), torch.arange(6.0).reshape(2, 3)
        first, second = compiled(x, y)
        assert first is x
        assert x.tolist() == [7, 1, 1]
        assert second.tolist() == y.t().tolist()


def test_arguments_on_one_memory():
    def function(x, y):
        x.mul_(2)
        return x + y

    compiled = torch.compile(function)
    for shared in (False, True, False, True):
        x = torch.ones(3)
        y = x if shared else torch.ones(3)
        assert compiled(x, y).tolist() == ([4.0] * 3 if shared else [3.0] * 3)


def test_views_and_changes_through_them():
    def function(x):
        z = torch.zeros(3, 4)
        z[:, 1:3] = x
        z.t()[0] += 5
        w = z.clone()
        w[1].mul_(3)
        return z, w, z[:, ::2].sum(0)

    compiled = torch.compile(function)
    x = torch.arange(6.0).reshape(3, 2)
    compiled(x)
    for found, expected in zip(compiled(x + 1), function(x + 1), strict=True):
        assert torch.equal(found, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8", "bool"])
def test_dtypes_and_their_wrapping(dtype):
    kind = getattr(torch, dtype)

    def function(x, y):
        return x + y, x * y, torch.where(x > y, x, y), (x == y).sum(), x.sum(), x.max(), x.to(float)

    compiled = torch.compile(function)
    x = torch.tensor([0, 1, 100, 200, 255]).to(kind)
    y = torch.tensor([1, 1, 200, 100, 255]).to(kind)
    compiled(x, y)
    for found, expected in zip(compiled(x, y), function(x, y), strict=True):
        assert found.dtype == expected.dtype
        assert torch.equal(found, expected)


def test_special_numbers_as_eager():
    def function(x):
        return (
            x.exp(), x.log(), x.tanh(), x.max(), x.sum(), x > 0, x.abs(),
            torch.sign(x), 1 / x, x.sqrt(), torch.softmax(x, 0), torch.nan_to_num(x),
        )  # fmt: skip

    compiled = torch.compile(function)
    inf, nan = float("inf"), float("nan")
    for values in ([0.0, -0.0, 1e-40, -1e30], [inf, -inf, nan, 1.0], [88.7, 89.0, -103.0, -110.0]):
        x = torch.tensor(values)
        compiled(x)
        for found, expected in zip(compiled(x), function(x), strict=True):
            torch.testing.assert_close(found, expected, equal_nan=True)
            assert torch.equal(found.signbit(), expected.signbit()) or expected.isnan().any()


@pytest.mark.parametrize("name", ["exp", "log", "tanh"])
def test_own_functions_are_within_two_units_in_the_last_place(name):
    x = np.concatenate([np.linspace(-20, 20, 40001), np.geomspace(1e-30, 80, 20001)])
    x = x.astype(np.float32)
    if name == "log":
        x = np.abs(x[x != 0])
    function = getattr(torch, name)
    compiled = torch.compile(lambda t: function(t))
    tensor = torch.from_numpy(x)
    compiled(tensor)
    found = compiled(tensor).numpy().astype(np.float64)
    exact = getattr(np, name)(x.astype(np.float64))
    unit = np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)
    assert (np.abs(found - exact) / unit).max() <= 2


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (1, 1, 5)])
def test_empty_and_tiny_shapes(shape):
    def function(x):
        return x * 2 + 1, x.sum(), x.reshape(-1), x.sum(-1) if x.dim() else x

    compiled = torch.compile(function)
    x = torch.ones(shape)
    compiled(x)
    for found, expected in zip(compiled(x), function(x), strict=True):
        assert torch.equal(found, expected)


def test_the_recorded_call_counts_once():
    calls = []

    def function(x):
        calls.append(1)
        return x + 1

    compiled = torch.compile(function)
    for _ in range(5):
        compiled(torch.ones(2))
    assert len(calls) == 1


def test_what_cannot_be_followed_names_the_line():
    def function(x):
        if x.sum() > 0:
            return x
        return -x

    with pytest.raises(RuntimeError, match=r"test_functions.py:\d+.*torch.where.*fullgraph=False"):
        torch.compile(function)(torch.ones(2))


def test_item_and_numpy_cannot_be_followed():
    for function in (lambda x: x * x.sum().item(), lambda x: torch.tensor(x.numpy().tolist())):
        with pytest.raises(RuntimeError, match="compile cannot follow"):
            torch.compile(function)(torch.ones(2))


def test_without_fullgraph_it_runs_as_it_is_and_says_so_once(recwarn):
    compiled = torch.compile(lambda x: x * x.sum().item(), fullgraph=False)
    with pytest.warns(UserWarning, match="runs eagerly from now on"):
        assert compiled(torch.ones(2)).tolist() == [2, 2]
    recwarn.clear()
    assert compiled(torch.full((2,), 2.0)).tolist() == [8, 8]
    assert not recwarn.list


def test_an_error_of_the_function_is_its_own():
    def function(x, y):
        return x @ y

    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        torch.compile(function)(torch.ones(2, 3), torch.ones(2, 3))
    # and the library is as it was
    assert (torch.ones(2) + 1).tolist() == [2, 2]


def test_as_a_decorator_with_arguments_and_on_methods():
    class Thing:
        scale = 3.0

        @torch.compile(fullgraph=True)
        def times(self, x):
            return x * self.scale

    thing = Thing()
    for _ in range(3):
        assert thing.times(torch.ones(2)).tolist() == [3, 3]


def test_arguments_of_torch_compile():
    def function(x):
        return x

    assert torch.compile(function, disable=True) is function
    assert torch.compile(function, backend="eager") is function
    torch.compile(function, mode="reduce-overhead", dynamic=False)
    with pytest.raises(ValueError, match="Invalid backend"):
        torch.compile(function, backend="nothing")
    with pytest.raises(RuntimeError, match="Unrecognized mode"):
        torch.compile(function, mode="slow")
    with pytest.raises(RuntimeError, match="optimization option"):
        torch.compile(function, options={"x": 1})
    with pytest.raises(RuntimeError, match="function or a module"):
        torch.compile(3)


def test_graph_and_explain():
    compiled = torch.compile(lambda x: torch.softmax(x * 2, 0))
    assert "nothing is recorded" in compiled.graph
    compiled(torch.ones(3))
    assert "maximum.reduce" in compiled.graph
    assert "test_functions.py:" in compiled.graph
    assert "1 kernels run" in compiled.explain()
    assert "0 calls back into Python" in compiled.explain()


def test_many_different_calls_end_eagerly():
    compiled = torch.compile(lambda x: x + 1)
    with pytest.warns(UserWarning, match="recorded 8 times"):
        for size in range(1, 12):
            assert compiled(torch.zeros(size)).tolist() == [1] * size
