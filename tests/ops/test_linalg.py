"""Linear algebra against NumPy and against identities; gradients of first and second order.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd.gradcheck import gradcheck, gradgradcheck
from rushlight.core import optional

L = torch.linalg


def random(*shape, complex=False, seed=0):
    draw = np.random.default_rng(seed + sum(shape))
    found = draw.standard_normal(shape)
    return found + 1j * draw.standard_normal(shape) if complex else found


def leaf(array):
    return torch.tensor(array, requires_grad=True)


def hermitian(x):
    return x + x.mH


def positive(x):
    return x @ x.mH + torch.eye(x.shape[-1], dtype=x.dtype)


def close(found, expected, tolerance=1e-9):
    found = found.detach().numpy() if isinstance(found, torch.Tensor) else found
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


both = pytest.mark.parametrize("complex", [False, True], ids=["real", "complex"])


# ---- values


@both
@pytest.mark.parametrize("batch", [(), (2,), (2, 0)])
def test_factors_multiply_back(complex, batch):
    A = torch.tensor(random(*batch, 4, 3, complex=complex))
    S = torch.tensor(random(*batch, 3, 3, complex=complex))
    for mode in ("reduced", "complete"):
        Q, R = L.qr(A, mode)
        close(Q @ R, A)
        close(Q.mH @ Q, torch.eye(Q.shape[-1], dtype=Q.dtype).expand_as(Q.mH @ Q))
    close(L.qr(A, "r").R, L.qr(A).R)
    U, s, Vh = L.svd(A, full_matrices=False)
    close((U * s.unsqueeze(-2)) @ Vh, A)
    assert L.svd(A).U.shape == (*batch, 4, 4)
    close(L.svdvals(A), s)
    H = hermitian(S)
    values, V = L.eigh(H)
    close((V * values.unsqueeze(-2)) @ V.mH, H)
    close(L.eigvalsh(H, "U"), values)
    values, V = L.eig(S)
    close(S.to(V.dtype) @ V, V * values.unsqueeze(-2))
    P = positive(S)
    close(L.cholesky(P) @ L.cholesky(P).mH, P)
    close(L.cholesky(P, upper=True), L.cholesky(P).mH)
    for X in (A, A.mT, S):
        p, lower, upper = L.lu(X)
        close(p @ lower @ upper, X)
        assert lower.shape[-1] == upper.shape[-2] == min(X.shape[-2:])


@both
def test_systems(complex):
    A = torch.tensor(random(2, 3, 3, complex=complex))
    B = torch.tensor(random(2, 3, 4, complex=complex))
    close(A @ L.solve(A, B), B)
    close(L.solve(A, B.mT, left=False) @ A, B.mT)
    vectors = B[..., 0]
    close((A @ L.solve(A, vectors).unsqueeze(-1)).squeeze(-1), vectors)
    close(A @ L.solve(A, B[0]), B[0].expand(2, 3, 4))
    close(L.inv(A), np.linalg.inv(A.numpy()))
    for upper in (False, True):
        for unit in (False, True):
            T = A.triu() if upper else A.tril()
            if unit:
                T = T - T.diagonal(0, -2, -1).diag_embed() + torch.eye(3)
            close(T @ L.solve_triangular(A, B, upper=upper, unitriangular=unit), B)
            X = L.solve_triangular(A, B.mT, upper=upper, left=False, unitriangular=unit)
            close(X @ T, B.mT)
    close(torch.triangular_solve(B, A, transpose=True).solution, L.solve(A.triu().mT, B))
    factors = L.lu_factor(A)
    for left in (True, False):
        for adjoint in (True, False):
            X = L.lu_solve(*factors, B if left else B.mT, left=left, adjoint=adjoint)
            operator = A.mH if adjoint else A
            close(operator @ X if left else X @ operator, B if left else B.mT)
    P = positive(A)
    close(P @ torch.cholesky_solve(B, L.cholesky(P)), B)
    close(torch.cholesky_inverse(L.cholesky(P)), L.inv(P))


@pytest.fixture(params=["scipy", "blocks"])
def way(request, monkeypatch):
    """Both ways that large matrices can go."""
    if request.param == "scipy":
        pytest.importorskip("scipy")
    else:
        monkeypatch.setattr(optional, "faster", lambda name: None)


@both
def test_large_triangles_and_factors(way, complex):
    A = random(2, 100, 100, complex=complex) / 10 + 2 * np.eye(100)
    B = random(100, 7, complex=complex)
    across = np.asfortranarray(A[0])
    for upper in (False, True):
        for unit in (False, True):
            for matrices in (A, A.swapaxes(1, 2), across, A[:, ::2, ::2]):
                T = (np.triu if upper else np.tril)(matrices)
                if unit:
                    T[..., range(T.shape[-1]), range(T.shape[-1])] = 1
                    T[...] = np.where(np.eye(T.shape[-1]) > 0, T, T / 20)
                b = torch.tensor(B[: T.shape[-1]])
                given = torch.from_numpy(T if matrices is not across else np.asfortranarray(T))
                x = L.solve_triangular(given, b, upper=upper, unitriangular=unit)
                close(T @ x.numpy(), np.broadcast_to(b.numpy(), x.shape))
    P, lower, upper = L.lu(torch.tensor(A))
    close(P @ lower @ upper, A)
    sizes = np.abs(lower.numpy().real) + np.abs(lower.numpy().imag)
    assert sizes.max() < 1.5  # pivots: hardly a multiplier above 1
    A[1, :, 3] = 0
    assert L.lu_factor_ex(torch.tensor(A)).info.tolist() == [0, 4]
    zero = L.solve_triangular(torch.zeros(100, 100), torch.ones(100, 1), upper=True)
    assert not zero.isfinite().all()


@pytest.mark.parametrize("n", [10, 1024, 5000])
def test_lengths_of_long_vectors(n):
    x = random(n)
    close(L.norm(torch.tensor(x)), np.linalg.norm(x), 1e-12)
    assert L.vector_norm(torch.tensor(x).reshape(2, -1), keepdim=True).shape == (1, 1)


@both
def test_least_squares(complex):
    for shape in ((5, 3), (3, 5), (2, 4, 3)):
        A = random(*shape, complex=complex)
        B = random(*shape[:-1], 2, complex=complex)
        P = L.pinv(torch.tensor(A))
        close(P, np.linalg.pinv(A))
        close(L.lstsq(torch.tensor(A), torch.tensor(B)).solution, np.linalg.pinv(A) @ B)
    A, B = random(5, 3), random(5, 2)
    found = L.lstsq(torch.tensor(A), torch.tensor(B), driver="gelsd")
    expected = np.linalg.lstsq(A, B, rcond=None)
    for ours, numpys in zip(found, expected, strict=True):
        close(ours, numpys)
    thin = torch.tensor(A[:, :1] @ A[:1])
    assert L.matrix_rank(thin).item() == 1 and L.matrix_rank(thin, tol=1e6).item() == 0
    assert L.matrix_rank(hermitian(torch.tensor(A[:3])), hermitian=True).item() == 3
    square = hermitian(torch.tensor(A[:3]))
    close(L.pinv(square, hermitian=True), L.inv(square))


@both
def test_determinants(complex):
    A = random(2, 3, 3, complex=complex)
    close(L.det(torch.tensor(A)), np.linalg.det(A))
    sign, logarithm = L.slogdet(torch.tensor(A))
    close(sign * logarithm.exp(), np.linalg.det(A))
    positive_part = positive(torch.tensor(A))
    close(torch.logdet(positive_part).exp(), L.det(positive_part))
    assert torch.logdet(torch.zeros(2, 2)).item() == -np.inf
    assert torch.logdet(torch.diag(torch.tensor([1.0, -1.0]))).isnan()


@both
def test_functions_of_matrices(complex):
    A = random(2, 3, 3, complex=complex)
    values, V = np.linalg.eig(A)
    expected = (V * np.exp(values)[:, None, :]) @ np.linalg.inv(V)
    close(torch.matrix_exp(torch.tensor(A)), expected)
    scaled = torch.tensor(A * np.array([0.001, 30.0])[:, None, None])
    expected = (V * np.exp(values * [[0.001], [30.0]])[:, None, :]) @ np.linalg.inv(V)
    np.testing.assert_allclose(torch.matrix_exp(scaled).numpy(), expected, rtol=1e-8, atol=1e-8)
    for n in (-2, 0, 1, 5):
        close(torch.matrix_power(torch.tensor(A), n), np.linalg.matrix_power(A, n))
    parts = [random(4, 2), random(2, 5), random(5, 3), random(3)]
    close(L.multi_dot([torch.tensor(p) for p in parts]), np.linalg.multi_dot(parts))
    x = random(3, complex=complex)
    close(L.vander(torch.tensor(x), N=4), np.vander(x, 4, increasing=True))
    close(torch.vander(torch.tensor(x)), np.vander(x))
    T = random(2, 3, 6, complex=complex)
    close(L.tensorinv(torch.tensor(T)), np.linalg.tensorinv(T))
    close(L.tensorsolve(torch.tensor(T), torch.tensor(x[:1] * T[..., 0])), x[0] * np.eye(6)[0])


@pytest.mark.parametrize("p", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_norms_of_matrices(p):
    A = random(3, 3)
    close(L.norm(torch.tensor(A), p), np.linalg.norm(A, p))
    close(L.cond(torch.tensor(A), p), np.linalg.cond(A, p))
    batch = random(3, 2, 4)
    found = L.norm(torch.tensor(batch), p, dim=(2, 0), keepdim=True)
    close(found, np.linalg.norm(batch, p, axis=(2, 0), keepdims=True))


@pytest.mark.parametrize("p", [0, 0.5, 1, 2, 3.5, -1, np.inf, -np.inf])
def test_norms_of_vectors(p):
    x = random(3, 4)
    close(L.vector_norm(torch.tensor(x), p, dim=1), np.linalg.norm(x, p, axis=1))
    close(L.vector_norm(torch.tensor(x), p), np.linalg.norm(x.reshape(-1), p))
    close(
        torch.dist(torch.tensor(x), torch.tensor(x[0] / 2), p),
        np.linalg.norm((x - x[0] / 2).ravel(), p),
    )


@both
def test_reflections(complex):
    A = torch.tensor(random(2, 4, 3, complex=complex))
    packed, tau = torch.geqrf(A)
    Q = L.householder_product(packed, tau)
    close(Q, L.qr(A).Q)
    close(packed[..., :3, :].triu(), L.qr(A).R)
    full = torch.ormqr(packed, tau, torch.eye(4, dtype=A.dtype).expand(2, 4, 4))
    close(full[..., :3], Q)
    B = torch.tensor(random(2, 4, 4, complex=complex))
    for left in (True, False):
        for transpose in (True, False):
            operator = full.mH if transpose else full
            expected = operator @ B if left else B @ operator
            close(torch.ormqr(packed, tau, B, left=left, transpose=transpose), expected)


@both
def test_symmetric_factors(complex):
    pytest.importorskip("scipy")
    S = torch.tensor(random(2, 4, 4, complex=complex))
    B = torch.tensor(random(2, 4, 2, complex=complex))
    for hermitian_too in (False, True):
        A = S + (S.mH if hermitian_too else S.mT)
        factors = L.ldl_factor(A, hermitian=hermitian_too)
        close(A @ L.ldl_solve(*factors, B, hermitian=hermitian_too), B)


@both
def test_low_rank(complex):
    for shape in ((9, 5), (5, 9), (2, 6, 4)):
        n = shape[-1]
        left, right = random(*shape[:-1], 2, complex=complex), random(2, n, complex=complex)
        A = torch.tensor(left @ right)
        U, S, V = torch.svd_lowrank(A, q=3)
        close((U * S.unsqueeze(-2)) @ V.mH, A)
        close(S, L.svdvals(A)[..., :3])
        U, S, V = torch.pca_lowrank(A, q=2)
        close((U * S.unsqueeze(-2)) @ V.mH, A - A.mean(-2, keepdim=True))
        U, S, V = torch.svd_lowrank(A + 1, q=2, M=torch.ones_like(A))
        close((U * S.unsqueeze(-2)) @ V.mH, A)
    with pytest.raises(ValueError, match=r"q\(=4\) must be non-negative integer and not greater"):
        torch.pca_lowrank(torch.ones(3, 3), q=4)


def test_nothing_has_results_too():
    empty = torch.zeros(2, 0, 0)
    assert L.det(empty).tolist() == [1, 1] and L.inv(empty).shape == (2, 0, 0)
    assert L.cond(empty, 1).tolist() == [0, 0] and L.matrix_norm(empty, 1).tolist() == [0, 0]
    assert torch.inner(torch.ones(0), torch.ones(2, 0)).tolist() == [0, 0]
    assert L.svd(torch.zeros(3, 0)).U.shape == (3, 3)
    with pytest.raises(IndexError, match="Expected reduction dim"):
        L.matrix_norm(empty, -1)


# ---- gradients: of functions that do not depend on arbitrary signs and phases


def unitary_part(x):
    U, S, Vh = L.svd(x, full_matrices=False)
    return (U * S.tanh().unsqueeze(-2)) @ Vh


ONE_MATRIX = {
    "inv": L.inv,
    "det": L.det,
    "slogdet": lambda x: L.slogdet(x)[1],
    "sign": lambda x: L.slogdet(x)[0] * L.slogdet(x)[1],
    "svdvals": L.svdvals,
    "svd": unitary_part,
    "svd U": lambda x: L.svd(x, False).U.abs(),
    "svd V": lambda x: L.svd(x, False).Vh.abs(),
    "eigvals": lambda x: L.eigvals(x).abs().sum(-1),
    "eig": lambda x: L.eig(x)[1].abs().sum(-1),
    "eigvalsh": lambda x: L.eigvalsh(hermitian(x)),
    "eigh": lambda x: L.eigh(hermitian(x))[1].abs(),
    "cholesky": lambda x: L.cholesky(positive(x)),
    "cholesky upper": lambda x: L.cholesky(positive(x), upper=True),
    "qr": lambda x: torch.cat([part.abs() for part in L.qr(x)], -1),
    "lu": lambda x: L.lu(x)[1] @ L.lu(x)[2].tanh(),
    "pinv": L.pinv,
    "matrix_exp": torch.matrix_exp,
    "power": lambda x: torch.matrix_power(x, 3),
    "inverse power": lambda x: torch.matrix_power(x, -2),
    "cond": L.cond,
    "nuclear": lambda x: L.matrix_norm(x, "nuc"),
    "cholesky_inverse": lambda x: torch.cholesky_inverse(x.tril() + 3 * torch.eye(3)),
}


@both
@pytest.mark.parametrize("name", ONE_MATRIX)
def test_gradients_of_one_matrix(name, complex):
    x = leaf(random(3, 3, complex=complex, seed=3))
    function = ONE_MATRIX[name]
    assert gradcheck(function, (x,))
    assert gradgradcheck(function, (x,))


@both
@pytest.mark.parametrize("shape", [(4, 2), (2, 4)])
@pytest.mark.parametrize("name", ["svd", "svd U", "svd V", "qr", "pinv", "lu"])
def test_gradients_of_one_oblong_matrix(name, shape, complex):
    function = ONE_MATRIX[name]
    if name == "qr":
        function = lambda x: L.qr(x).Q.abs().sum(-1) + L.qr(x).R.abs().sum()
    x = leaf(random(*shape, complex=complex, seed=1))
    assert gradcheck(function, (x,))
    assert gradgradcheck(function, (x,))


TWO_MATRICES = {
    "solve": L.solve,
    "solve right": lambda a, b: L.solve(a, b.mT, left=False),
    "triangular": lambda a, b: L.solve_triangular(a + 3 * torch.eye(3), b, upper=True),
    "unit": lambda a, b: L.solve_triangular(a, b, upper=False, unitriangular=True),
    "lstsq": lambda a, b: L.lstsq(a[:, :2], b).solution,
    "lu_solve": lambda a, b: L.lu_solve(*L.lu_factor(a), b),
    "cholesky_solve": lambda a, b: torch.cholesky_solve(b, a.tril() + 3 * torch.eye(3)),
    "householder": lambda a, b: L.householder_product(a, b[0]),
    "ormqr": lambda a, b: torch.ormqr(a, b[0], b),
}


@both
@pytest.mark.parametrize("name", TWO_MATRICES)
def test_gradients_of_two_matrices(name, complex):
    inputs = (leaf(random(3, 3, complex=complex)), leaf(random(3, 2, complex=complex)))
    assert gradcheck(TWO_MATRICES[name], inputs)
    assert gradgradcheck(TWO_MATRICES[name], inputs)


def test_the_gradient_of_a_determinant_that_is_zero():
    x = leaf(np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 1.0]]))
    assert gradcheck(L.det, (x,))
    zero = torch.zeros(3, 3, requires_grad=True)
    L.det(zero).backward()
    assert zero.grad.tolist() == np.zeros((3, 3)).tolist()


def test_gradients_broadcast_over_batches():
    A, B = leaf(random(3, 3)), leaf(random(2, 3, 1))
    assert gradcheck(L.solve, (A, B))
    L.solve(A, B).sum().backward()
    assert A.grad.shape == (3, 3) and B.grad.shape == (2, 3, 1)


def test_gradients_that_depend_on_phases_are_refused():
    x = leaf(random(3, 3, complex=True))
    for loss in (lambda: L.svd(x).U.real.sum(), lambda: L.eig(x)[1].real.sum()):
        with pytest.raises(RuntimeError, match="only defined up to multiplication by"):
            loss().backward()


# ---- dtypes, out=, errors


def test_dtypes_are_kept():
    for dtype, real in ((torch.float32, torch.float32), (torch.complex64, torch.float32)):
        A = positive(torch.tensor(random(3, 3)).to(dtype))
        found = [L.inv(A), L.solve(A, A), L.det(A), L.svd(A).U, L.qr(A).Q, L.pinv(A), L.lu(A).L]
        found += [L.cholesky(A), torch.matrix_exp(A), L.eigh(A)[1], L.lstsq(A, A).solution]
        assert {x.dtype for x in found} == {dtype}
        assert {L.svdvals(A).dtype, L.eigvalsh(A).dtype, L.cond(A).dtype} == {real}
        assert L.eigvals(A).dtype is torch.complex64


def test_results_have_names_and_go_where_out_says():
    A = torch.tensor(random(3, 3))
    shown = repr(L.slogdet(torch.eye(2)))
    assert shown == "torch.return_types.linalg_slogdet(\nsign=tensor(1.),\nlogabsdet=tensor(0.))"
    out = torch.empty(3, 3, dtype=torch.float64)
    assert L.inv(A, out=out) is out
    close(out, np.linalg.inv(A.numpy()))
    parts = tuple(torch.empty(0, dtype=torch.float64) for _ in range(3))
    L.svd(A, out=parts)
    close(parts[1], L.svdvals(A))


SINGULAR = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
BATCH = torch.stack([torch.eye(2), SINGULAR])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: L.inv(SINGULAR), "linalg.inv: The diagonal element 2 is zero, the inversion"),
        (lambda: L.inv(BATCH), r"linalg.inv: \(Batch element 1\): The diagonal element 2 is zero"),
        (lambda: L.solve(BATCH, BATCH), r"solve: \(Batch element 1\): The solver failed because"),
        (lambda: L.cholesky(-torch.eye(2)), "leading minor of order 1 is not positive-definite"),
        (
            lambda: L.cholesky(torch.diag(torch.tensor([2.0, 1.0, -1.0, 1.0]))),
            "leading minor of order 3 is not positive-definite",
        ),
        (lambda: L.svd(torch.full((2, 2), float("nan"))), "contained non-finite values"),
    ],
)
def test_what_cannot_be_done_is_a_LinAlgError(call, words):
    with pytest.raises(torch.linalg.LinAlgError, match=words):
        call()
    assert issubclass(torch.linalg.LinAlgError, RuntimeError)


def test_infos_instead_of_errors():
    inverse, info = L.inv_ex(BATCH)
    assert info.tolist() == [0, 2] and inverse[0].tolist() == [[1, 0], [0, 1]]
    assert L.solve_ex(BATCH, BATCH).info.tolist() == [0, 2]
    assert L.cholesky_ex(BATCH).info.tolist() == [0, 2]
    assert L.lu_factor_ex(BATCH).info.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda o: L.inv(o(2, 3)), RuntimeError, "they are 2 by 3 matrices"),
        (lambda o: L.inv(o(2)), RuntimeError, "must have at least 2 dimensions"),
        (lambda o: L.inv(o(2, 2).long()), RuntimeError, "Expected a floating point or complex"),
        (lambda o: L.inv(o(2, 2).half()), RuntimeError, "Low precision dtypes not supported"),
        (lambda o: L.det(o(2, 2).half()), NotImplementedError, "lu_cpu"),
        (lambda o: L.inv(3), TypeError, "argument 'A'"),
        (lambda o: L.solve(o(2, 2), o(3, 3)), RuntimeError, r"AX = B \(2x2 and 3x3\)"),
        (lambda o: L.solve(o(2, 2), o(2).double()), RuntimeError, "A of type Float and B of type"),
        (lambda o: L.eigh(o(2, 2), "x"), RuntimeError, "Expected UPLO argument"),
        (lambda o: L.qr(o(2, 2), "full"), RuntimeError, "unrecognized mode 'full'"),
        (lambda o: L.multi_dot([o(2, 2)]), RuntimeError, "at least 2 tensors but got 1"),
        (lambda o: L.multi_dot([o(2, 3), o(2, 3)]), RuntimeError, "cannot be multiplied"),
        (lambda o: L.matrix_norm(o(2, 2), 3), RuntimeError, "Order 3 not supported"),
        (lambda o: L.norm(o(2, 2, 2), 2), RuntimeError, "must be 1D or 2D. Got 3D"),
        (lambda o: L.vector_norm(o(2).int()), RuntimeError, "Got Int"),
        (lambda o: L.vector_norm(o(0), -1), RuntimeError, "does not have an identity"),
        (lambda o: L.lu_factor(o(2, 2) * 0), RuntimeError, r"U\[1,1\] is zero"),
        (
            lambda o: L.lstsq(o(2, 2), o(2, 2), driver="x"),
            RuntimeError,
            "should be one of",
        ),
        (lambda o: L.vecdot(o(2), o(2).double()), RuntimeError, "same dtype"),
        (lambda o: L.cond(o(2, 2), "x"), RuntimeError, "invalid norm type: x"),
    ],
)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call(torch.ones)
