"""Holds a module against PyTorch's: weights, printed form, state, results and gradients.

May import: everything.
"""

import warnings

import numpy as np

import rushlight

DTYPES = {"f": "float32", "d": "float64", "l": "int64", "?": "bool"}


def convert(value, library):
    """Arrays as tensors of the library, in any nest of tuples, lists and dicts."""
    if isinstance(value, np.ndarray):
        return library.tensor(value.copy())
    if isinstance(value, (tuple, list)):
        return type(value)([convert(v, library) for v in value])
    if isinstance(value, dict):
        return {k: convert(v, library) for k, v in value.items()}
    return value


def tensors_in(value):
    """Every tensor in a nest of tuples and lists."""
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in tensors_in(v)]
    return [] if value is None or not hasattr(value, "detach") else [value]


def hold_together(theirs, ours, rtol, atol):
    assert len(theirs) == len(ours)
    for a, b in zip(theirs, ours, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            a, b = a.detach().numpy(), b.detach().numpy()
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_allclose(b, a, rtol=rtol, atol=atol)


def run(module, library, inputs, keywords):
    """The results in training (twice) and in eval mode, and the gradients of all of them."""
    inputs, keywords = convert(inputs, library), convert(keywords, library)
    leaves = [t for t in tensors_in(inputs) if t.is_floating_point()]
    for leaf in leaves:
        leaf.requires_grad_()
    found = []
    library.manual_seed(3)
    for mode in (True, True, False):
        module.train(mode)
        for leaf in [*leaves, *module.parameters()]:
            leaf.grad = None
        results = tensors_in(module(*inputs, **keywords))
        total = 0
        for result in results:
            if result.requires_grad:
                total = total + (result * result.detach().cos()).sum()
        if not isinstance(total, int):
            total.backward()
        found += results + [leaf.grad for leaf in [*leaves, *module.parameters()]]
    return found


def check_module(torch, make, *inputs, rtol=2e-5, atol=2e-6, derived=False, **keywords):
    """The same seed in both libraries gives the same module and the same behaviour."""
    made = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for library in (torch, rushlight):
            library.manual_seed(7)
            made.append(make(library.nn))
        theirs, ours = made
        assert repr(theirs) == repr(ours)
        assert list(theirs.state_dict()) == list(ours.state_dict())
        # drawn numbers are equal to the last bit, what is computed from them is close
        states = [list(module.state_dict().values()) for module in made]
        hold_together(*states, 1e-6 * derived, 1e-7 * derived)
        public = [{k for k in vars(m) if not k.startswith("_")} for m in made]
        assert public[0] == public[1] or derived
        results = [run(m, lib, inputs, keywords) for m, lib in zip(made, (torch, rushlight))]
        hold_together(*results, rtol, atol)
        hold_together(
            list(theirs.state_dict().values()), list(ours.state_dict().values()), rtol, atol
        )
        # what one saves, the other loads
        state = {k: rushlight.tensor(v.numpy()) for k, v in theirs.state_dict().items()}
        assert repr(ours.load_state_dict(state)) == "<All keys matched successfully>"
        state = {k: torch.tensor(v.numpy()) for k, v in ours.state_dict().items()}
        theirs.load_state_dict(state)
