"""lobpcg: against all eigenvalues, from either end, with a second matrix, and its gradients.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck


def symmetric(*shape, complex=False):
    draw = np.random.default_rng(sum(shape))
    x = draw.standard_normal((*shape, shape[-1]))
    x = x + 1j * draw.standard_normal(x.shape) if complex else x
    return x + x.swapaxes(-1, -2).conj()


def eigenvalues(A, count, largest):
    values = np.linalg.eigvalsh(A)
    return values[..., ::-1][..., :count] if largest else values[..., :count]


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("complex", [False, True])
@pytest.mark.parametrize("shape", [(40,), (2, 3, 20)])
def test_extreme_eigenvalues(shape, complex, largest):
    A = symmetric(*shape, complex=complex)
    E, V = torch.lobpcg(torch.tensor(A), k=3, largest=largest)
    np.testing.assert_allclose(E.numpy(), eigenvalues(A, 3, largest), rtol=1e-10)
    np.testing.assert_allclose(A @ V.numpy(), V.numpy() * E.numpy()[..., None, :], atol=1e-5)


def test_a_second_matrix_more_vectors_and_a_preconditioner():
    A, B = symmetric(30), symmetric(30)
    B = B @ B + 30 * np.eye(30)
    root = np.linalg.inv(np.linalg.cholesky(B))
    expected = np.linalg.eigvalsh(root @ A @ root.T)
    E, V = torch.lobpcg(torch.tensor(A), k=2, n=4, B=torch.tensor(B), largest=False)
    np.testing.assert_allclose(E.numpy(), expected[:2], rtol=1e-10)
    np.testing.assert_allclose(V.numpy().T @ B @ V.numpy(), np.eye(2), atol=1e-8)
    diagonal = torch.arange(1, 301, dtype=torch.float64)
    E, V = torch.lobpcg(diagonal.diag(), k=3, iK=(1 / diagonal).diag(), largest=False)
    np.testing.assert_allclose(E.numpy(), [1, 2, 3], rtol=1e-10)
    assert V.shape == (300, 3)


def test_gradients():
    start = torch.tensor(np.random.default_rng(0).standard_normal((7, 2)))
    x = torch.tensor(symmetric(7), requires_grad=True)

    def pairs(x):
        E, V = torch.lobpcg((x + x.mT) / 2, X=start, tol=1e-13)
        return torch.cat([E, V.abs().flatten()])

    assert gradcheck(pairs, (x,))
    assert gradgradcheck(pairs, (x,))


def test_refused():
    with pytest.raises(ValueError, match="smaller than 3 x the number of requested eigenpairs"):
        torch.lobpcg(torch.eye(5), k=2)
    with pytest.raises(ValueError, match="method must be 'basic' or 'ortho'"):
        torch.lobpcg(torch.eye(5), method="x")
    with pytest.raises(ValueError, match=r"X must have the shape \[9, 3\]"):
        torch.lobpcg(torch.eye(9), X=torch.ones(8, 3))
    A = torch.eye(9, requires_grad=True)
    E, _ = torch.lobpcg(A, B=torch.eye(9))
    with pytest.raises(RuntimeError, match="the gradient with a matrix B is not supported"):
        E.sum().backward()
