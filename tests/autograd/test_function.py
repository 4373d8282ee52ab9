"""Functions of the user's own, in all their forms, and what is wrong with some.

May import: everything.
"""

import pytest

import rushlight as torch
from rushlight.autograd import Function, gradcheck, gradgradcheck, once_differentiable


def leaf(*values):
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


def function(forward, backward=None):
    """A Function of these two, called `Made`."""
    body = {"forward": staticmethod(forward)}
    if backward is not None:
        body["backward"] = staticmethod(backward)
    return type("Made", (Function,), body)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


class Product(Function):
    """The newer form: forward without a context."""

    @staticmethod
    def forward(x, y):
        return x * y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y, g * x


def test_a_function_and_its_node():
    x = leaf()
    y = Cube.apply(x)
    assert y.tolist() == [1, 8]
    assert y.grad_fn.name() == "CubeBackward"
    assert y.grad_fn.saved_tensors[0] is x
    assert repr(y) == "tensor([1., 8.], grad_fn=<CubeBackward>)"
    y.sum().backward()
    assert x.grad.tolist() == [3, 12]


def test_both_forms_pass_gradcheck_twice():
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([3.0, -1.0], dtype=torch.float64, requires_grad=True)
    assert gradcheck(Cube.apply, (x,))
    assert gradgradcheck(Cube.apply, (x,))
    assert gradcheck(Product.apply, (x, y))
    assert gradgradcheck(Product.apply, (x, y))


def test_nothing_is_recorded_without_need():
    x = leaf()
    assert Cube.apply(x.detach()).grad_fn is None
    with torch.no_grad():
        assert Cube.apply(x).grad_fn is None
    assert Product.apply(x.detach(), x.detach()).requires_grad is False


def test_several_inputs_and_outputs():
    seen = []

    def forward(ctx, x, y, k):
        ctx.k = k
        ctx.save_for_backward(x, y)
        return x * y * k, x + y

    def backward(ctx, a, b):
        x, y = ctx.saved_tensors
        seen.append((a.tolist(), b.tolist()))
        return a * y * ctx.k + b, a * x * ctx.k + b, None

    made = function(forward, backward)
    x, y = leaf(), leaf(3.0, 4.0)
    first, second = made.apply(x, y, 2)
    assert first.grad_fn is second.grad_fn
    assert (first.output_nr, second.output_nr) == (0, 1)
    first.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [6, 8]
    second.sum().backward()
    assert y.grad.tolist() == [3, 5]
    assert seen == [([1, 1], [0, 0]), ([0, 0], [1, 1])]


def test_zeros_for_unused_outputs_can_be_declined():
    seen = []

    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    def backward(ctx, a, b):
        seen.append((a is None, b is None))
        return a * 2

    x = leaf()
    function(forward, backward).apply(x)[0].sum().backward()
    assert seen == [(False, True)]
    assert x.grad.tolist() == [2, 2]


def test_no_gradient_is_none():
    x, y = leaf(), leaf()
    made = function(lambda ctx, x, y: x * 2 + y, lambda ctx, g: (g * 2, None))
    made.apply(x, y).sum().backward()
    assert x.grad.tolist() == [2, 2]
    assert y.grad is None


def test_which_inputs_need_a_gradient():
    seen = []

    def backward(ctx, g):
        seen.append(ctx.needs_input_grad)
        return g, None, None

    made = function(lambda ctx, x, y, k: x * y, backward)
    made.apply(leaf(), torch.ones(2), 3).sum().backward()
    assert seen == [(True, False, False)]


def test_outputs_that_are_no_tensors():
    x = leaf()
    made = function(lambda ctx, x: (x * 2, "text", None), lambda ctx, g, a, b: g * 2)
    y, text, nothing = made.apply(x)
    assert (text, nothing) == ("text", None)
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]
    assert function(lambda ctx, x: 3).apply(x) == 3
    assert type(function(lambda ctx, x: (x * 2,)).apply(x)) is tuple


def test_outputs_without_a_gradient():
    def forward(ctx, x):
        order = x.argsort()
        rounded = x.round()
        ctx.mark_non_differentiable(order, rounded)
        return x * 2, order, rounded

    x = leaf(3.0, 1.0)
    y, order, rounded = function(forward, lambda ctx, g, a, b: g * 2).apply(x)
    assert (y.requires_grad, order.requires_grad, rounded.requires_grad) == (True, False, False)
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_an_input_handed_through():
    x = leaf()
    made = function(lambda ctx, x: x, lambda ctx, g: g * 5)
    y = made.apply(x)
    assert y is not x
    assert y.data_ptr() == x.data_ptr()
    y.sum().backward()
    assert x.grad.tolist() == [5, 5]
    assert x.is_leaf


def test_a_view_returned():
    x = leaf()
    made = function(lambda ctx, x: x.view(1, 2), lambda ctx, g: g.view(2) * 5)
    made.apply(x).sum().backward()
    assert x.grad.tolist() == [5, 5]


# ---- in place


def doubled_in_place(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2)


def test_changing_an_input_in_place():
    x = leaf()
    z = x * 1
    y = function(doubled_in_place, lambda ctx, g: g * 2).apply(z)
    assert y is z
    assert z.grad_fn.name() == "MadeBackward"
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_changing_a_view_in_place():
    x = leaf()
    z = x * 1
    function(doubled_in_place, lambda ctx, g: g * 2).apply(z[:1])
    assert z.tolist() == [2, 2]
    z.sum().backward()
    assert x.grad.tolist() == [2, 1]


def test_changes_that_are_refused():
    made = function(doubled_in_place, lambda ctx, g: g * 2)
    with pytest.raises(
        RuntimeError, match="a leaf Variable that requires grad has been used in an"
    ):
        made.apply(leaf())

    def forgotten(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(2)
        return x * 1

    with pytest.raises(
        RuntimeError, match="marked as dirty during the forward method were not ret"
    ):
        function(forgotten, lambda ctx, g: g).apply(leaf() * 1)
    z = leaf() * 1
    w = z * z
    made.apply(z)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        w.sum().backward()


# ---- saving


def saves_result(ctx, x):
    y = x.exp()
    ctx.save_for_backward(y, None)
    return y


def times_saved(ctx, g):
    saved, nothing = ctx.saved_tensors
    assert nothing is None
    return g * saved


def test_a_saved_result_leads_to_second_derivatives():
    x = torch.tensor([0.5, 1.0], dtype=torch.float64, requires_grad=True)
    made = function(saves_result, times_saved)
    assert gradcheck(made.apply, (x,))
    assert gradgradcheck(made.apply, (x,))


def test_saved_values_changed_in_place_are_noticed():
    y = function(saves_result, times_saved).apply(leaf())
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation: .*MadeBackward"):
        y.sum().backward()
    z = leaf() * 1
    y = Cube.apply(z)
    z.add_(1)
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0"):
        y.sum().backward()


def test_saved_values_are_freed():
    x = leaf()
    y = Cube.apply(x).sum()
    node = y.grad_fn.next_functions[0][0]
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        _ = node.saved_tensors
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()
    y = Cube.apply(x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [9, 36]


def test_the_last_save_counts_and_attributes_stay():
    seen = []

    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.save_for_backward(x * 10)
        ctx.note = "kept"
        return x * 2

    def backward(ctx, g):
        seen.append((ctx.saved_tensors[0].tolist(), ctx.note))
        return g

    function(forward, backward).apply(leaf()).sum().backward()
    assert seen == [([10, 20], "kept")]


# ---- derivatives of derivatives


def test_once_differentiable():
    modes = []

    @once_differentiable
    def backward(ctx, g):
        modes.append(torch.is_grad_enabled())
        return torch.from_numpy(g.detach().numpy() * 2)

    x = leaf()
    made = function(lambda ctx, x: x * x, backward)
    made.apply(x).sum().backward()
    assert x.grad.tolist() == [2, 2]
    (g,) = torch.autograd.grad((made.apply(x) ** 2).sum(), x, create_graph=True)
    assert modes == [False, False]
    with pytest.raises(
        RuntimeError, match="differentiate twice a function that was marked with @once"
    ):
        g.sum().backward()


def test_modes_inside():
    seen = []

    def forward(ctx, x):
        seen.append(torch.is_grad_enabled())
        return x * 2

    def backward(ctx, g):
        seen.append(torch.is_grad_enabled())
        return g

    x = leaf()
    function(forward, backward).apply(x).sum().backward()
    torch.autograd.grad(function(forward, backward).apply(x).sum(), x, create_graph=True)
    assert seen == [False, False, False, True]


# ---- hooks, names, calls


def test_hooks_on_functions():
    x = leaf()
    y = Cube.apply(x)
    y.register_hook(lambda g: g * 10)
    y.grad_fn.register_hook(lambda into, out: (into[0] + 1,))
    y.retain_grad()
    y.sum().backward()
    assert y.grad.tolist() == [10, 10]
    assert x.grad.tolist() == [31, 121]


def test_subclasses_have_nodes_of_their_own_name():
    class Derived(Cube):
        pass

    x = leaf()
    y = Derived.apply(x)
    assert y.grad_fn.name() == "DerivedBackward"
    y.sum().backward()
    assert x.grad.tolist() == [3, 12]


def test_vjp_is_another_name_of_backward():
    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, g):
            return g * 2

    class Both(Double):
        @staticmethod
        def backward(ctx, g):
            return g

    x = leaf()
    Double.apply(x).sum().backward()
    assert x.grad.tolist() == [2, 2]
    with pytest.raises(RuntimeError, match="Implementing both 'backward' and 'vjp'"):
        Both.apply(x).sum().backward()


def test_arguments_by_name_go_to_forward():
    made = function(lambda ctx, x, k=3: x * k, lambda ctx, g: g * 5)
    x = leaf()
    assert made.apply(x, k=5).tolist() == [5, 10]
    assert made.apply(x).tolist() == [3, 6]
    with pytest.raises(TypeError, match="unexpected keyword argument 'bogus'"):
        made.apply(x, bogus=1)
    many = function(lambda ctx, *args: args[0] * len(args), lambda ctx, g: (g * 3, None, None))
    assert many.apply(x, 1, 2).tolist() == [3, 6]


def test_errors_come_through_and_leave_the_mode():
    x = leaf()
    with pytest.raises(ZeroDivisionError):
        function(lambda ctx, x: 1 / 0).apply(x)
    y = function(lambda ctx, x: x * 2, lambda ctx, g: 1 / 0).apply(x)
    with pytest.raises(ZeroDivisionError):
        y.sum().backward()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    "returned, message",
    [
        (lambda g: (g, g), r"incorrect number of gradients \(expected 1, got 2\)"),
        (lambda g: (), r"incorrect number of gradients \(expected 1, got 0\)"),
        (lambda g: 3, r"expected Variable or None \(got int\)"),
        (lambda g: [g], r"expected Variable or None \(got list\)"),
        (lambda g: torch.ones(5), r"returned an invalid gradient .* got \[5\] but expected shape"),
        (lambda g: g[:1], r"returned an invalid gradient .* got \[1\] but expected shape"),
    ],
)
def test_wrong_gradients(returned, message):
    made = function(lambda ctx, x: x * 2, lambda ctx, g: returned(g))
    with pytest.raises(RuntimeError, match=message):
        made.apply(leaf()).sum().backward()


def test_more_misuse():
    x = leaf()
    made = function(lambda ctx, x, k: x * k, lambda ctx, g: (g, g))
    with pytest.raises(RuntimeError, match="a gradient different than None at position 2, but"):
        made.apply(x, 2).sum().backward()
    with pytest.raises(NotImplementedError, match="must implement either the backward or vjp"):
        function(lambda ctx, x: x * 2).apply(x).sum().backward()
    with pytest.raises(NotImplementedError, match="must implement the forward function"):
        type("Empty", (Function,), {}).apply(x)
    with pytest.raises(
        TypeError, match="save_for_backward can only save variables, but argument 1"
    ):
        function(lambda ctx, x: ctx.save_for_backward(x, 3) or x * 2).apply(x)
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        instance = Cube()
    with pytest.raises(RuntimeError, match="Legacy autograd function with non-static forward"):
        instance(x)
    assert Cube.apply(3) == 27


def test_extra_nones_are_forgiven():
    x = leaf()
    function(lambda ctx, x: x * 2, lambda ctx, g: (g * 2, None, None)).apply(x).sum().backward()
    assert x.grad.tolist() == [2, 2]
