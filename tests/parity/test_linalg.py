"""Linear algebra, spectra and windows in PyTorch and here: what is refused, and in which words.

The values and gradients are held together by the operator database.
May import: everything.
"""

import pytest

import rushlight

from .side_by_side import programs, shown

torch = pytest.importorskip("torch")

BEFORE = """
L, F, W, o = t.linalg, t.fft, t.signal.windows, t.ones
zero, negative = t.zeros(2, 2), -t.eye(2)
batch = t.stack([t.eye(2), t.zeros(2, 2)])
spectrum = t.zeros(5, 9, dtype=t.complex64)
"""


def same(program):
    """The same result; or an error of the same type, whose message begins with the same words."""
    kind, text = shown(torch, program, BEFORE)
    our_kind, our_text = shown(rushlight, program, BEFORE)
    assert our_kind == kind.removeprefix("_"), f"{our_kind}: {our_text}\n{kind}: {text}"
    assert our_text[: len(text)][:40] == text[:40] if kind != "OK" else our_text == text


ONE_MATRIX = (
    "inv det slogdet cholesky cholesky_ex inv_ex eig eigvals eigh eigvalsh qr svd svdvals pinv "
    "matrix_rank matrix_exp lu lu_factor lu_factor_ex cond ldl_factor_ex"
).split()
BAD = ["zero", "batch", "negative", "o(2, 2).long()", "o(2, 3)", "o(2)", "o(2, 2).half()"]


@pytest.mark.parametrize("argument", BAD)
@pytest.mark.parametrize("name", ONE_MATRIX)
def test_one_matrix(name, argument):
    if (name, argument) in {("matrix_exp", "o(2, 2).half()"), ("cond", "zero"), ("cond", "batch")}:
        pytest.skip("finite here, where PyTorch's formula overflows or divides by zero")
    # a factor of a matrix may have other signs, and -0 may be 0
    program = f"L.{name}({argument})"
    same(program)


@pytest.mark.parametrize(
    "program",
    programs("""
L.solve(zero, zero)

L.solve(batch, batch)

L.solve(zero, o(2, 3))

L.solve(o(2, 3), o(2, 3))

L.solve(o(2, 2).long(), o(2, 2).long())

L.solve(zero, zero.double())

L.solve(t.eye(2), o(3))

L.solve(t.eye(2), o(3, 3))

L.solve(t.eye(2), o(2), left=False)

L.matrix_power(o(2, 3), 2)

L.matrix_power(zero, -1)

L.matrix_power(o(2), 2)

L.qr(o(2, 2), mode="x")

L.eigh(zero, "X")

L.solve_triangular(o(2, 3), o(2, 3), upper=True)

L.solve_triangular(zero, o(3, 3), upper=True)

L.solve_triangular(zero, o(2), upper=True)

t.inverse(zero)

t.cholesky(negative)

t.cholesky_solve(zero, o(3, 3))

t.cholesky_inverse(o(2, 3))

L.multi_dot([zero])

L.multi_dot([zero, o(2, 3), o(2, 3)])

L.norm(o(2, 2), "x")

L.norm(o(2, 2, 2), 2)

L.norm(o(2, 2), dim=(0, 1, 1))

L.norm(o(2, 2), dtype=t.int)

L.matrix_norm(o(2))

L.matrix_norm(zero, 3)

L.matrix_norm(zero, dim=(0,))

L.matrix_norm(zero, dim=(0, 0))

L.matrix_norm(zero.long())

L.vector_norm(zero.long())

L.vector_norm(o(0), float("inf"))

L.vector_norm(o(2), dtype=t.int)

L.vector_norm(o(2).double(), dtype=t.float)

t.norm(o(2).long())

t.norm(o(2, 2, 2), p="nuc")

L.vecdot(o(2), o(2).double())

L.vecdot(o(2).long(), o(2).long())

L.lstsq(o(2, 3), o(2, 3), driver="x")

L.lstsq(zero, o(3))

L.householder_product(o(2, 3), o(2))

L.svd(t.full((2, 2), float("nan")))

L.eig(t.full((2, 2), float("nan")))

L.vander(o(2), N=1)

L.cross(o(2), o(2))

L.cond(o(2, 2), "x")

L.cond(o(2, 3), 1)

L.diagonal(o(2))

L.lu_factor(zero)

t.lu_unpack(zero, t.ones(2, dtype=t.long))

t.lu_solve(o(2), zero, t.ones(2, dtype=t.int))

t.geqrf(o(2))

t.dist(o(2), o(3))

t.addmv(o(2).double(), o(2, 2), o(2))

t.addmv(o(3), o(2, 2), o(2))

t.addr(o(2, 2).long(), o(2).long(), o(2).long(), alpha=0.5)

t.baddbmm(o(2, 2, 2).double(), o(2, 2, 2), o(2, 2, 2))

t.addbmm(o(3, 2), o(2, 2, 2), o(2, 2, 2))

t.tensordot(o(2, 2), o(2, 2).double(), 1)

t.tensordot(o(2, 3), o(2, 2), ([0, 0], [0, 0]))

t.combinations(o(2, 2))

t.cartesian_prod(o(2, 2))

t.block_diag(o(2, 2, 2))

t.renorm(o(2), 2, 0, 1)

t.renorm(o(2, 2), -1, 0, 1)

t.pca_lowrank(o(2, 2), 3)

t.kron(3, o(2))

t.inner(o(2), None)

t.vdot([1.0], o(1))

t.cross(o(3), 3)

t.cross(o(3).bool(), o(3).bool())

t.cross(o(3), o(3).double())

t.addmm(o(2, 2), o(2, 2), 3)

t.addmv(3, o(2, 2), o(2))

t.baddbmm(o(2, 2), o(1, 2, 2), None)

t.lu_solve(o(2, 1), o(2, 2), None)

L.vecdot(o(2), 3)

L.diagonal(3)

L.matrix_power(o(2, 2), 2.5)

L.multi_dot(o(2, 2, 2))

L.qr(o(2, 2), 1)

L.eigh(o(2, 2), 3)

L.inv(t.eye(2), out=o(2, 2, dtype=t.int))

L.inv(t.eye(2), out=o(2, 2).double())

t.einsum("i->i")

t.tensordot(o(2, 2), o(2, 2), dims="x")

F.fftshift(3)

t.hann_window("x")
"""),
)
def test_refused(program):
    same(program)


@pytest.mark.parametrize(
    "program",
    programs("""
F.fft(o(4), 0)

F.fft(o(4), norm="x")

F.fft(t.tensor(1.0))

F.fft(o(2).bfloat16())

F.rfft(o(2) + 0j)

F.ihfft(o(2) + 0j)

F.rfftn(o(2, 2) + 0j)

F.irfft(o(1) + 0j)

F.fft2(o(2, 2), s=(3,))

F.fft2(o(2, 2), dim=(0, 0))

F.fft2(o(3))

F.fftn(o(2, 2), s=(1, 2, 3))

F.rfftn(o(2, 2), dim=())

F.fft(o(2), dim=3)

F.fftfreq(4, dtype=t.int)

F.fft(o(2), n=3.5)

F.fft(o(2), out=t.empty(0))

r = F.fftfreq(5, 0.5), F.rfftfreq(6), F.fftshift(t.arange(5)), F.ifftshift(t.arange(5))

r = F.rfft(t.tensor([1.0, 0.0, 0.0, 0.0])), F.hfft(o(3) + 0j), F.ihfft(o(4)), F.fftn(o(2, 2))

t.istft(o(5, 9), 8)

W.bartlett(-1)

W.bartlett(4, dtype=t.half)

W.gaussian(4, std=0)

W.exponential(4, tau=0)

W.exponential(4, center=1)

W.kaiser(4, beta=-1)

W.general_cosine(4, a=[])

W.general_cosine(4, a=3)

t.hann_window(3, dtype=t.int)

t.hann_window(-3)

r = W.hann(5), W.bartlett(5), W.cosine(4), W.gaussian(5), t.hamming_window(5), t.kaiser_window(3)
"""),
)
def test_spectra(program):
    same(program)
