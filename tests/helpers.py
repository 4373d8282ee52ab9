"""What tests of operations share: gradients by finite differences.

May import: everything.
"""

import numpy as np

import rushlight as torch


def check_gradient(function, *arrays, step=1e-6, tolerance=1e-5):
    """Holds the gradients of a function of float64 tensors against central differences.

    The result is weighed by fixed numbers, so that no gradient can hide in a plain sum.
    """
    tensors = [torch.tensor(np.asarray(a, np.float64), requires_grad=True) for a in arrays]
    result = function(*tensors)
    weights = np.cos(np.arange(result.numel()) * 0.7 + 0.3).reshape(tuple(result.shape))
    (result * torch.tensor(weights)).sum().backward()

    def value(position, changed):
        inputs = [torch.tensor(np.asarray(a, np.float64)) for a in arrays]
        inputs[position] = torch.tensor(changed)
        return float((function(*inputs).numpy() * weights).sum())

    for position, (array, tensor) in enumerate(zip(arrays, tensors, strict=True)):
        array = np.asarray(array, np.float64)
        expected = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            up, down = array.copy(), array.copy()
            up[index] += step
            down[index] -= step
            expected[index] = (value(position, up) - value(position, down)) / (2 * step)
        np.testing.assert_allclose(tensor.grad.numpy(), expected, rtol=tolerance, atol=tolerance)
