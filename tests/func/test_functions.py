"""torch.func: gradients, Jacobians and tangents against each other, and nested in each other.

May import: everything.
"""

import pytest

import rushlight as torch
from rushlight.func import (
    functional_call,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    replace_all_batch_norm_modules_,
    stack_module_state,
    vjp,
    vmap,
)

X = torch.tensor([0.3, -1.2, 2.0], dtype=torch.double)
M = torch.tensor([[0.5, 1.0, -1.0], [2.0, 0.1, 0.7]], dtype=torch.double)
close = torch.allclose


def curve(x):
    return (x.sin() * x.cumsum(0)).tanh() * x.prod()


def test_grad_of_grad_of_grad():
    s = torch.tensor(0.7, dtype=torch.double)
    assert close(grad(torch.sin)(s), s.cos())
    assert close(grad(grad(torch.sin))(s), -s.sin())
    assert close(grad(grad(grad(torch.sin)))(s), -s.cos())


def test_argnums_structures_and_aux():
    both = grad(lambda a, b: (a * b).sum(), (0, 1))(X, X * 2)
    assert close(both[0], X * 2) and close(both[1], X)
    assert close(grad(lambda a, b: (a * b).sum(), -1)(X, X * 2), X)
    tree = {"a": X, "b": [X[0], (X[1:],)]}
    found = grad(lambda t: (t["a"] ** 2).sum() * t["b"][0] + t["b"][1][0].sum())(tree)
    assert close(found["a"], 2 * X * X[0]) and found["b"][1][0].tolist() == [1, 1]
    gradient, (value, aux) = grad_and_value(lambda x: (x.sum(), x * 2), has_aux=True)(X)
    assert gradient.tolist() == [1, 1, 1] and close(value, X.sum()) and close(aux, X * 2)


def test_rows_columns_and_both():
    for function in (curve, lambda x: x.sum(), lambda x: x[:, None] * x):
        rows, columns = jacrev(function)(X), jacfwd(function)(X)
        assert close(rows, columns)
        for row, unit in zip(columns.movedim(-1, 0), torch.eye(3, dtype=torch.double), strict=True):
            assert close(row, jvp(function, (X,), (unit,))[1])
    assert close(jacrev(curve, chunk_size=2)(X), jacfwd(curve)(X))


def test_structures_of_jacobians():
    function = lambda a, d: {"sum": a * d["m"].sum(), "pair": (d["m"] @ a,)}
    for jacobian in (jacrev, jacfwd):
        found = jacobian(function, (0, 1))(X, {"m": M})
        assert close(found["pair"][0][0], M)
        assert found["sum"][1]["m"].shape == (3, 2, 3)
        assert close(found["sum"][1]["m"], X[:, None, None].expand(3, 2, 3))


def test_hessians():
    number = lambda x: curve(x).sum()
    expected = torch.autograd.functional.hessian(number, X)
    assert close(hessian(number)(X), expected)
    assert close(jacrev(jacrev(number))(X), expected)
    assert close(jacrev(jacfwd(number))(X), expected)
    assert close(jacfwd(jacfwd(number))(X), expected)
    blocks = hessian(lambda a, b: (a * b).sum() ** 2, (0, 1))(X, X)
    assert close(blocks[0][1], blocks[1][0].t())


def test_vjp_and_jvp_are_each_others_transpose():
    output, pull = vjp(curve, X)
    cotangent, tangent = X.cos(), X.exp()
    (back,) = pull(cotangent)
    same, forth = jvp(curve, (X,), (tangent,))
    assert close(output, same) and close((back * tangent).sum(), (forth * cotangent).sum())
    linear, push = linearize(curve, X)
    assert close(linear, output) and close(push(tangent), forth) and close(push(tangent), forth)
    assert close(vmap(push)(M), torch.stack([jvp(curve, (X,), (row,))[1] for row in M]))


def test_batches_of_derivatives_and_derivatives_of_batches():
    each = torch.stack([grad(lambda x: curve(x).sum())(row) for row in M])
    assert close(vmap(grad(lambda x: curve(x).sum()))(M), each)
    assert close(grad(lambda m: vmap(curve)(m).sum())(M), each)
    assert close(vmap(jacrev(curve))(M), torch.stack([jacfwd(curve)(row) for row in M]))
    assert close(
        vmap(hessian(lambda x: curve(x).sum()))(M)[1], hessian(lambda x: curve(x).sum())(M[1])
    )
    # with respect to what all examples have in common: one gradient for each
    found = vmap(grad(lambda w, x: (w * x).sum().sin()), (None, 0))(X, M)
    assert close(found, (M @ X).cos()[:, None] * M)
    deep = grad(lambda w: vmap(grad(lambda x: (x * w).sum().sin()))(M).sum())(X)
    plain = X.clone().requires_grad_()
    sums = torch.stack([((row * plain).sum().cos() * plain).sum() for row in M]).sum()
    assert close(deep, torch.autograd.grad(sums, plain)[0])


def test_forward_over_reverse_over_forward():
    inner = lambda x: jvp(curve, (x,), (X.cos(),))[1].sum()
    outer = jvp(grad(inner), (X,), (X.exp(),))[1]
    step = 1e-5
    low, high = grad(inner)(X - step * X.exp()), grad(inner)(X + step * X.exp())
    assert close(outer, (high - low) / (2 * step), atol=1e-6)


def test_levels_do_not_mix():
    # d/dx (x * d/dy (x + y)) is 1, not 2: the tangent of x is not one of y
    s = torch.tensor(3.0)
    one = torch.tensor(1.0)
    inner = lambda x: x * jvp(lambda y: x + y, (s,), (one,))[1]
    assert jvp(inner, (s,), (one,))[1].item() == 1
    assert grad(lambda x: x * grad(lambda y: x + y)(s))(s).item() == 1


def test_ordinary_backward_goes_on_through_transforms():
    w = torch.ones(3, dtype=torch.double, requires_grad=True)
    found = grad(lambda x: (x * w).sum() ** 2)(X)
    assert found.requires_grad
    (second,) = torch.autograd.grad(found.sum(), w)
    expected = torch.autograd.functional.jacobian(lambda w: 2 * (X * w).sum() * w, w.detach()).sum(
        0
    )
    assert close(second, expected)
    assert jacfwd(lambda x: x * w)(X).requires_grad
    assert not grad(lambda x: (x**2).sum())(X).requires_grad
    with torch.no_grad():
        assert not grad(lambda x: (x * w).sum() ** 2)(X).requires_grad
        assert close(hessian(lambda x: (x**3).sum())(X), torch.diag(6 * X))


def test_no_grad_inside_is_respected():
    def function(x):
        with torch.no_grad():
            still = x * 2
        return (x * still).sum()

    assert close(grad(function)(X), 2 * X)


def test_what_a_result_does_not_depend_on():
    assert grad(lambda a, b: a.sum(), 1)(X, X).tolist() == [0, 0, 0]
    assert jacrev(lambda x: torch.ones(2))(X).tolist() == [[0, 0, 0]] * 2
    assert jvp(lambda x: torch.ones(2), (X,), (X,))[1].tolist() == [0, 0]
    with pytest.raises(RuntimeError, match="independent of the inputs"):
        jvp(lambda x: torch.ones(2), (X,), (X,), strict=True)


def test_modules_as_functions():
    layer = torch.nn.Linear(3, 2).double()
    own = {"weight": M, "bias": torch.ones(2, dtype=torch.double)}
    assert close(functional_call(layer, own, X), M @ X + 1)
    assert close(functional_call(layer, ({"weight": M}, {"bias": own["bias"]}), (X,)), M @ X + 1)
    assert layer.weight is dict(layer.named_parameters())["weight"]
    loss = lambda p, x: functional_call(layer, p, (x,)).pow(2).sum()
    per_example = vmap(grad(loss), (None, 0))(own, M)
    assert close(per_example["weight"][1], grad(loss)(own, M[1])["weight"])
    with pytest.raises(RuntimeError, match=r"Missing key\(s\): 'bias'"):
        functional_call(layer, {"weight": M}, X, strict=True)
    with pytest.raises(ValueError, match="appeared in multiple dictionaries"):
        functional_call(layer, (own, own), X)


def test_tied_weights_are_replaced_together():
    net = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False))
    net[1].weight = net[0].weight
    double = {"0.weight": torch.eye(2) * 2}
    assert functional_call(net, double, torch.ones(2)).tolist() == [4, 4]
    with pytest.raises(ValueError, match="functional_call got multiple values for keys"):
        functional_call(net, {**double, "1.weight": torch.eye(2)}, torch.ones(2))


def test_ensembles():
    models = [torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh()) for _ in range(3)]
    parameters, buffers = stack_module_state(models)
    assert parameters["0.weight"].is_leaf and parameters["0.weight"].requires_grad and not buffers
    x = torch.ones(5, 3)
    call = lambda p, x: functional_call(models[0], p, (x,))
    together = vmap(call, (0, None))(parameters, x)
    assert close(together, torch.stack([model(x) for model in models]), atol=1e-6)
    together.sum().backward()
    models[1](x).sum().backward()
    assert close(parameters["0.weight"].grad[1], models[1][0].weight.grad, atol=1e-6)
    with pytest.raises(RuntimeError, match="Expected at least one model"):
        stack_module_state([])
    with pytest.raises(RuntimeError, match="to be of the same class"):
        stack_module_state([models[0], torch.nn.ReLU()])
    with pytest.raises(RuntimeError, match="to have the same training/eval mode"):
        stack_module_state([models[0], models[1].eval()])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: grad(lambda x: x)(X),
            RuntimeError,
            "to return a scalar Tensor, got tensor with 1",
        ),
        (lambda: grad(lambda x: 3)(X), RuntimeError, "to return a Tensor, got <class 'int'>"),
        (lambda: grad(lambda x: x.sum(), has_aux=True)(X), RuntimeError, r"\(output, aux\) if has"),
        (lambda: grad(torch.sin, 5)(X), RuntimeError, "Got argnum=5, but only 1 positional inputs"),
        (lambda: grad(torch.sin)(3), ValueError, "must be Tensor, got <class 'int'>"),
        (
            lambda: vjp(torch.sin, X)[1](X, X),
            RuntimeError,
            "Expected pytree structure of cotangents",
        ),
        (lambda: jvp(torch.sin, X, X), RuntimeError, "Expected primals to be a tuple"),
        (lambda: jvp(torch.sin, (X,), (X, X)), RuntimeError, "to have the same python structure"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_batch_norms_in_batches():
    norm = torch.nn.BatchNorm1d(3)
    x = torch.randn(4, 5, 3)
    with pytest.raises(RuntimeError, match="Batch norm got a batched tensor as input while the"):
        vmap(norm)(x)
    same = replace_all_batch_norm_modules_(torch.nn.Sequential(norm))
    expected = torch.stack(
        [torch.nn.functional.batch_norm(e, None, None, training=True) for e in x]
    )
    assert close(vmap(same)(x), expected, atol=1e-5)
    assert norm.running_mean is None and not norm.track_running_stats
