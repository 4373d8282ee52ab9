"""Every primitive of the op table, with its gradients, compiled: what native code gives is eager's.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from tests.ops.test_every_op import ALL, REFUSED, flat, leaves, sample_of

pytest.importorskip("llvmlite")


# Which steps they take depends on the numbers, so that no recording of them can hold.
NOT_FOLLOWED = {
    "ctc_loss", "embedding_bag", "enter_batch", "index_fill", "linalg_ldl_solve", "masked_scatter",
    "masked_select", "max_unpool1d", "max_unpool2d", "max_unpool3d", "rrelu_with_noise",
    "same_for_all", "sum_of_examples",
}  # fmt: skip


def outcome(function, name):
    """A function of leaves that gives the results and the gradients of their weighed sum."""

    def run(*inputs):
        results = flat(function(*inputs))
        tracked = [t for t in results if t.requires_grad]
        if not tracked or name in REFUSED:
            return results
        total = sum([(t * t.conj()).real.sum() for t in tracked])
        grads = torch.autograd.grad(total, inputs, allow_unused=True)
        return results + [g for g in grads if g is not None]

    return run


@pytest.mark.parametrize(("name", "index"), ALL)
def test_compiled_is_eager(name, index):
    sample = sample_of(name, index)
    run = outcome(sample.function, name)
    compiled = torch.compile(run)
    if name in NOT_FOLLOWED:
        with pytest.raises(RuntimeError, match="compile cannot follow"):
            compiled(*leaves(sample.arrays))
        return
    torch.manual_seed(0)
    expected = run(*leaves(sample.arrays))
    for call in ("recorded", "native"):
        torch.manual_seed(0)
        found = compiled(*leaves(sample.arrays))
        assert len(found) == len(expected)
        for ours, eager in zip(found, expected, strict=True):
            assert ours.dtype == eager.dtype, call
            assert ours.shape == eager.shape, call
            np.testing.assert_allclose(
                ours.detach().numpy(), eager.detach().numpy(), rtol=1e-12, atol=1e-12, err_msg=call
            )
