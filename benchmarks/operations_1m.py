"""Core and common operations on a million elements: one expression a row, the group `ops_1m`.

May import: rows.
"""

from benchmarks.rows import ROWS, Row

GROUP = "ops_1m"
CALLS = 2
GOAL = 3.0  # no operation may be slower than this
SHOWN_ABOVE = 1.5

# What the names in the expressions stand for, a million elements each unless said otherwise.
INPUTS = {
    "x": "torch.randn(1000, 1000)",
    "y": "torch.randn(1000, 1000)",
    "p": "torch.rand(1000, 1000) * 0.8 + 0.1",
    "q": "torch.rand(1000, 1000) * 0.8 + 0.1",
    "v": "torch.randn(1000000)",
    "r": "torch.randn(1000)",
    "n": "torch.randint(0, 1000, (1000, 1000))",
    "m": "torch.randint(1, 10, (1000, 1000))",
    "k": "torch.randint(0, 1000, (1000,))",
    "w": "torch.randint(0, 1000000, (1000000,))",
    "b": "torch.rand(1000, 1000) > 0.5",
    "c": "torch.complex(torch.randn(1000, 500), torch.randn(1000, 500))",
    "s": "torch.randn(256, 256) + 16 * torch.eye(256)",
    "h": "torch.randn(256, 256)",
    "u": "torch.randn(1, 16, 16, 64, 64)",
    "z": "torch.randn(16, 16, 64, 64)",
    "f": "torch.randn(16, 16, 3, 3)",
    "a": "torch.randn(16, 64, 1000)",
    "e": "torch.randn(2, 8, 256, 64)",
    "F": "torch.nn.functional",
}

UNARY = """
abs acos acosh angle asin asinh atan atanh ceil conj_physical cos cosh deg2rad digamma erf erfc
erfinv exp exp2 expm1 floor frac i0 isfinite isinf isnan isneginf isposinf lgamma log log10 log1p
log2 logit nan_to_num neg positive rad2deg reciprocal round rsqrt sgn sigmoid sign signbit sin
sinc sinh sqrt square tan tanh trunc logical_not
special.bessel_j0 special.entr special.erfcx special.i0e special.i1 special.log_ndtr special.ndtr
special.ndtri
"""
BINARY = """
add atan2 copysign div eq floor_divide fmax fmin fmod ge gt heaviside hypot ldexp le logaddexp
logaddexp2 logical_and logical_or logical_xor lt maximum minimum mul ne nextafter pow remainder
sub true_divide xlogy special.xlog1py isclose
"""
INTEGERS = "bitwise_and bitwise_or bitwise_xor gcd lcm floor_divide remainder add mul eq"

EXPRESSIONS = """
x + 1
x * r
x.addcmul(y, y)
x.addcdiv(y, p)
x.lerp(y, 0.3)
x.clamp(-1, 1)
x.clamp_min(0)
x ** 2
x ** 3
p ** 2.5
x.clone().add_(y)
torch.bitwise_not(n)
torch.bitwise_left_shift(m, 2)
torch.polygamma(1, p)
torch.mvlgamma(p + 3, 2)
torch.igamma(p, q)
torch.frexp(x)
torch.where(b, x, y)
x.masked_fill(b, 0)
x.masked_select(b)
x.masked_scatter(b, y)
c.abs()
c.angle()
c * c
c.real + 1
c.conj() + 1
torch.polar(p, q)
torch.complex(x, y)
x.sum()
x.sum(0)
x.sum(1)
x.mean(1)
x.prod(1)
x.std(1)
x.var(0)
x.std()
torch.var_mean(x, 1)
x.max()
x.max(1)
x.min(0)
x.amax(1)
x.amin(0)
x.aminmax()
x.argmax(1)
x.argmin(0)
b.all()
b.any(1)
b.sum()
x.norm()
x.norm(dim=1)
torch.linalg.vector_norm(x, 3, 1)
x.logsumexp(1)
x.nansum()
x.nanmean()
x.count_nonzero()
x.median()
x.median(1)
x.nanmedian(1)
x.mode(1)
x.quantile(0.3, 1)
x.nanquantile(0.3, 1)
x.kthvalue(100, 1)
x.cumsum(1)
x.cumsum(0)
x.cumprod(1)
x.cummax(1)
x.cummin(0)
x.logcumsumexp(1)
x.diff()
torch.trapezoid(x)
torch.cumulative_trapezoid(x)
torch.gradient(x)
torch.cov(h)
torch.corrcoef(h)
x.histc(100)
torch.histogram(v, 100)
w.bincount()
x.sort(1)
v.sort()
n.sort(1)
x.argsort(1)
x.msort()
x.topk(10, 1)
v.topk(100)
n.unique()
n.unique_consecutive()
torch.searchsorted(r.sort()[0], v)
torch.bucketize(v, r.sort()[0])
torch.isin(n, k)
x.nonzero()
torch.allclose(x, x)
x.equal(x)
x.gather(1, n)
x.scatter(1, n, y)
x.scatter_add(1, n, y)
x.scatter_reduce(1, n, y, "amax")
x.index_select(0, k)
x.index_add(0, k, y)
x.index_copy(0, torch.arange(1000), y)
x.index_fill(0, k, 1.0)
x.index_put((k,), r)
x[k]
x[:, k]
x[b]
x[1:, ::2] + 1
x.take(w)
x.take_along_dim(n, 1)
x.put(w, v)
torch.cat([x, y])
torch.cat([x, y], 1)
torch.stack([x, y], 1)
torch.hstack([x, y])
torch.vstack([x, y])
torch.dstack([x, y])
torch.block_diag(h, h)
x.t().contiguous()
x.clone()
x.to(torch.float64)
x.to(torch.int64)
x.half()
x.bfloat16()
n.float()
b.float()
x.repeat(2, 1)
x.tile(1, 2)
x.repeat_interleave(2, 1)
x.roll(1, 1)
x.flip(1)
x.flip(0)
x.rot90()
x.tril()
x.triu()
x.diagonal() + 1
v[:1000].diag()
r.diag_embed()
x.expand(2, 1000, 1000) + 1
v.unfold(0, 10, 10) + 1
x.as_strided((500, 500), (2, 2)) + 1
torch.meshgrid(r, r, indexing="ij")[0] + 1
torch.cartesian_prod(r, r)
torch.combinations(r)
torch.vander(r, 1000)
torch.arange(1000000)
torch.linspace(0, 1, 1000000)
torch.logspace(0, 1, 1000000)
torch.zeros(1000, 1000)
torch.ones(1000, 1000)
torch.full((1000, 1000), 2.0)
torch.eye(1000)
torch.zeros_like(x)
torch.rand(1000, 1000)
torch.randn(1000, 1000)
torch.randint(0, 10, (1000, 1000))
torch.randperm(1000000)
p.bernoulli()
torch.multinomial(p, 10)
torch.multinomial(p, 10, replacement=True)
torch.poisson(p)
torch.normal(x, p)
x.clone().exponential_()
x.clone().geometric_(0.5)
x.clone().cauchy_()
x.clone().log_normal_()
x @ y
x @ r
torch.mm(x, y.t())
torch.addmm(x, x, y)
torch.addmv(r, x, r)
torch.bmm(a, a.mT)
torch.baddbmm(a[:, :, :64], a, a.mT)
torch.dot(v, v)
torch.outer(r, r)
torch.ger(r, r)
torch.addr(x, r, r)
torch.kron(h[:32, :32], h[:32, :32])
torch.tensordot(x, y, 1)
torch.einsum("ij,jk->ik", x, y)
torch.einsum("bij,bkj->bik", a, a)
torch.inner(x, y)
torch.cross(v[:999999].view(-1, 3), v[1:].view(-1, 3), dim=1)
torch.cdist(x, y)
torch.dist(x, y)
x.trace()
x.renorm(2, 0, 1)
torch.linalg.det(s)
torch.linalg.slogdet(s)
torch.linalg.inv(s)
torch.linalg.solve(s, h)
torch.linalg.cholesky(h @ h.mT + 300 * torch.eye(256))
torch.linalg.qr(s)
torch.linalg.svd(s)
torch.linalg.svdvals(s)
torch.linalg.eigh(h + h.mT)
torch.linalg.eigvalsh(h + h.mT)
torch.linalg.eig(s)
torch.linalg.pinv(s)
torch.linalg.lstsq(s, h)
torch.linalg.lu(s)
torch.linalg.lu_factor(s)
torch.linalg.matrix_exp(h / 16)
torch.linalg.matrix_power(s, 3)
torch.linalg.matrix_norm(x)
torch.linalg.cond(s)
torch.linalg.matrix_rank(s)
torch.linalg.solve_triangular(s, h, upper=True)
torch.linalg.multi_dot([s, h, s])
torch.cholesky_solve(h, s)
torch.fft.fft(x)
torch.fft.ifft(c)
torch.fft.rfft(x)
torch.fft.irfft(c)
torch.fft.fft2(x)
torch.fft.rfft2(x)
torch.fft.fftshift(x)
torch.stft(v, 256, window=torch.hann_window(256), return_complex=True)
torch.hann_window(1000000)
F.relu(x)
F.relu6(x)
F.leaky_relu(x)
F.elu(x)
F.selu(x)
F.celu(x)
F.gelu(x)
F.gelu(x, approximate="tanh")
F.silu(x)
F.mish(x)
F.softplus(x)
F.logsigmoid(x)
F.hardtanh(x)
F.hardsigmoid(x)
F.hardswish(x)
F.hardshrink(x)
F.softshrink(x)
F.softsign(x)
F.tanhshrink(x)
F.threshold(x, 0.1, 20)
F.prelu(x, r[:1])
F.rrelu(x)
F.glu(x)
F.softmax(x, 1)
F.softmax(x, 0)
F.log_softmax(x, 1)
F.softmin(x, 1)
F.gumbel_softmax(x, dim=1)
F.dropout(x)
F.dropout2d(z)
F.alpha_dropout(x, training=True)
F.linear(x, y, r)
F.bilinear(h, h, torch.randn(8, 256, 256))
F.layer_norm(x, (1000,), r, r)
F.rms_norm(x, (1000,), r)
F.batch_norm(z, None, None, training=True)
F.batch_norm(z, torch.zeros(16), torch.ones(16))
F.instance_norm(z)
F.group_norm(z, 4)
F.local_response_norm(z, 5)
F.normalize(x)
F.conv1d(a, torch.randn(64, 64, 3))
F.conv2d(z, f)
F.conv2d(z, f, padding=1)
F.conv2d(z, torch.randn(16, 1, 3, 3), groups=16)
F.conv3d(u, torch.randn(16, 16, 3, 3, 3))
F.avg_pool3d(u, 2)
F.max_pool3d(u, 2)
F.conv_transpose2d(z, f)
F.max_pool1d(a, 2)
F.max_pool2d(z, 2)
F.max_pool2d(z, 3, 2, 1)
F.max_pool2d(z, 2, return_indices=True)
F.avg_pool1d(a, 2)
F.avg_pool2d(z, 2)
F.lp_pool2d(z, 2, 2)
F.adaptive_avg_pool2d(z, 1)
F.adaptive_avg_pool2d(z, 7)
F.adaptive_max_pool2d(z, 7)
F.max_unpool2d(*F.max_pool2d(z, 2, return_indices=True), 2)
F.unfold(z, 3)
F.fold(F.unfold(z, 3), (64, 64), 3)
F.pad(z, (1, 1, 1, 1))
F.pad(z, (1, 1, 1, 1), mode="reflect")
F.pad(z, (1, 1, 1, 1), mode="replicate")
F.pad(z, (1, 1, 1, 1), mode="circular")
F.interpolate(z, scale_factor=2)
F.interpolate(z, scale_factor=2, mode="bilinear")
F.interpolate(z, scale_factor=0.5, mode="bicubic")
F.interpolate(z, scale_factor=0.5, mode="area")
F.grid_sample(z, torch.zeros(16, 64, 64, 2))
F.pixel_shuffle(z, 2)
F.pixel_unshuffle(z, 2)
F.channel_shuffle(z, 4)
F.embedding(n, x[:, :8])
F.embedding_bag(n, x[:, :8])
F.one_hot(k, 1000)
F.cosine_similarity(x, y)
F.pairwise_distance(x, y)
F.pdist(x)
F.mse_loss(x, y)
F.l1_loss(x, y)
F.smooth_l1_loss(x, y)
F.huber_loss(x, y)
F.cross_entropy(x, k)
F.nll_loss(x, k)
F.kl_div(x, p)
F.binary_cross_entropy(p, q)
F.binary_cross_entropy_with_logits(x, p)
F.soft_margin_loss(x, y.sign())
F.margin_ranking_loss(v, v, v.sign())
F.multi_margin_loss(x, k)
F.multilabel_margin_loss(x, n)
F.multilabel_soft_margin_loss(x, p)
F.hinge_embedding_loss(x, y.sign())
F.cosine_embedding_loss(x, y, r.sign())
F.triplet_margin_loss(x, y, p)
F.gaussian_nll_loss(x, y, p)
F.poisson_nll_loss(x, p)
F.scaled_dot_product_attention(e, e, e)
F.scaled_dot_product_attention(e, e, e, is_causal=True)
"""


def expressions():
    """Every expression of the group, in order."""
    unary = [
        f"torch.{name}(p)" if name != "acosh" else "torch.acosh(p + 1)" for name in UNARY.split()
    ]
    binary = [f"torch.{name}(p, q)" for name in BINARY.split()]
    integers = [f"torch.{name}(n, m)" for name in INTEGERS.split()]
    return [*unary, *binary, *integers, *EXPRESSIONS.strip().splitlines()]


def enter(expression):
    """A row that evaluates the expression; only the inputs that it names are made."""
    code = compile(f"lambda: {expression}", expression, "eval")

    def prepare(torch):
        names = {"torch": torch}
        inner = code.co_consts[0].co_names
        for name, text in INPUTS.items():
            if name in inner:
                names[name] = eval(text, {"torch": torch})
        return eval(code, names)

    ROWS[expression] = Row(expression, prepare, CALLS, GOAL, group=GROUP, warm_up=1, timings=3)


for _expression in expressions():
    enter(_expression)
