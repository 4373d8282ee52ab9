"""PyTorch's API in Python a person can read: `import rushlight as torch`.

The public names, and nothing else.
May import: everything.
"""

import math
import warnings
from types import ModuleType as _ModuleType

from . import (
    autograd, backends, cuda, fft, func, linalg, masked, nn, optim, signal, special, testing,
    utils, version,
)  # fmt: skip
from .autograd.anomaly import (
    is_anomaly_check_nan_enabled, is_anomaly_enabled,
)  # fmt: skip
from .autograd.grad_mode import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad,
    set_grad_enabled,
)  # fmt: skip
from .autograd.tensor_methods import (
    is_inference,
)  # fmt: skip
from .compile import (
    compile,
)  # fmt: skip
from .core.device import (
    device,
)  # fmt: skip
from .core.dtype import (
    bfloat16, bool_ as bool, can_cast, complex128, complex128 as cdouble, complex64, complex64
    as cfloat, dtype, finfo, float16, float16 as half, float32, float32 as float, float64,
    float64 as double, get_default_dtype, iinfo, int16, int16 as short, int32, int32 as int,
    int64, int64 as long, int8, promote_types, set_default_dtype, uint8,
)  # fmt: skip
from .core.formats import (
    channels_last, channels_last_3d, contiguous_format, layout, memory_format, preserve_format,
    strided,
)  # fmt: skip
from .core.generator import (
    Generator,
)  # fmt: skip
from .core.layout import (
    Size, broadcast_shapes,
)  # fmt: skip
from .core.optional import later as _later
from .core.printing import (
    set_printoptions,
)  # fmt: skip
from .core.settings import (
    are_deterministic_algorithms_enabled, get_deterministic_debug_mode,
    get_float32_matmul_precision, get_num_interop_threads,
    is_deterministic_algorithms_warn_only_enabled, is_warn_always_enabled,
    set_deterministic_debug_mode, set_float32_matmul_precision, set_flush_denormal,
    set_num_interop_threads, set_warn_always, use_deterministic_algorithms,
)  # fmt: skip
from .core.storage import (
    TypedStorage, UntypedStorage,
)  # fmt: skip
from .core.threads import (
    get_num_threads, set_num_threads,
)  # fmt: skip
from .func.vmap import (
    vmap,
)  # fmt: skip
from .io import (
    load, save,
)  # fmt: skip
from .ops.activations import (
    celu, celu_, selu, selu_,
)  # fmt: skip
from .ops.added_products import (
    addbmm, addmv, addr, baddbmm,
)  # fmt: skip
from .ops.arithmetic import (
    add, div, divide, floor_divide, fmod, mul, multiply, neg, negative, positive, reciprocal,
    remainder, rsub, sub, subtract, true_divide,
)  # fmt: skip
from .ops.arranging import (
    diag, diag_embed, diagflat, flip, fliplr, flipud, repeat_interleave, roll, rot90, tile,
)  # fmt: skip
from .ops.avg_pool import (
    adaptive_avg_pool1d, avg_pool1d,
)  # fmt: skip
from .ops.axes import (
    adjoint, moveaxis, movedim, permute, swapaxes, swapdims, t, transpose,
)  # fmt: skip
from .ops.batch_norm import (
    batch_norm, instance_norm,
)  # fmt: skip
from .ops.bessel import (
    i0,
)  # fmt: skip
from .ops.bilinear import (
    bilinear,
)  # fmt: skip
from .ops.bounds import (
    clamp, clamp_max, clamp_min, clip, fmax, fmin, maximum, minimum, nan_to_num,
)  # fmt: skip
from .ops.casting import (
    BFloat16Tensor, BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor,
    IntTensor, LongTensor, ShortTensor,
)  # fmt: skip
from .ops.cholesky import (
    cholesky, cholesky_inverse, cholesky_solve,
)  # fmt: skip
from .ops.circular import (
    acos, acosh, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, asin, asinh, atan,
    atan2, atanh, cos, cosh, deg2rad, hypot, rad2deg, sin, sinc, sinh, tan, tanh,
)  # fmt: skip
from .ops.combining import (
    block_diag, cartesian_prod, combinations,
)  # fmt: skip
from .ops.comparison import (
    allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift,
    bitwise_xor, eq, equal, ge, greater, greater_equal, gt, isclose, isfinite, isinf, isnan, le,
    less, less_equal, logical_and, logical_not, logical_or, logical_xor, lt, ne, not_equal,
)  # fmt: skip
from .ops.complex_numbers import (
    angle, complex, conj, conj_physical, imag, is_conj, is_neg, isreal, polar, real,
    resolve_conj, resolve_neg, view_as_complex, view_as_real,
)  # fmt: skip
from .ops.convolution import (
    conv1d, conv2d, conv3d, conv_tbc, conv_transpose1d, conv_transpose2d, conv_transpose3d,
    convolution,
)  # fmt: skip
from .ops.copying import (
    clone, fill, fill_, zero_,
)  # fmt: skip
from .ops.creation import (
    as_tensor, asarray, from_numpy, is_complex, is_floating_point, is_tensor, numel,
    scalar_tensor, tensor,
)  # fmt: skip
from .ops.ctc import (
    ctc_loss,
)  # fmt: skip
from .ops.determinants import (
    det, logdet, slogdet,
)  # fmt: skip
from .ops.differences import (
    cumulative_trapezoid, diff, gradient, trapezoid, trapz,
)  # fmt: skip
from .ops.distances import (
    cosine_similarity, pairwise_distance,
)  # fmt: skip
from .ops.dropout import (
    alpha_dropout, dropout, feature_alpha_dropout,
)  # fmt: skip
from .ops.einsum import (
    einsum, tensordot, trace,
)  # fmt: skip
from .ops.entropy import (
    xlogy,
)  # fmt: skip
from .ops.error_functions import (
    erf, erfc, erfinv,
)  # fmt: skip
from .ops.exchange import (
    from_dlpack, frombuffer, to_dlpack,
)  # fmt: skip
from .ops.extremes import (
    amax, amin, argmax, argmin, max, min,
)  # fmt: skip
from .ops.facts import (
    get_default_device, get_device, is_nonzero, is_same_size, is_signed, is_storage,
    result_type, set_default_device, set_default_tensor_type, typename,
)  # fmt: skip
from .ops.filled import (
    empty, empty_like, empty_permuted, empty_strided, full, full_like, ones, ones_like, zeros,
    zeros_like,
)  # fmt: skip
from .ops.fused_arithmetic import (
    addcdiv, addcmul, lerp,
)  # fmt: skip
from .ops.gamma import (
    digamma, igamma, igammac, lgamma, mvlgamma, polygamma,
)  # fmt: skip
from .ops.gathering import (
    gather, index_select, take, take_along_dim,
)  # fmt: skip
from .ops.grid_sampling import (
    affine_grid_generator, grid_sampler, grid_sampler_2d, grid_sampler_3d,
)  # fmt: skip
from .ops.histograms import (
    bincount, histc, histogram, histogramdd,
)  # fmt: skip
from .ops.householder import (
    geqrf, orgqr, ormqr, qr,
)  # fmt: skip
from .ops.indexing import (
    index_put,
)  # fmt: skip
from .ops.integers import (
    gcd, lcm,
)  # fmt: skip
from .ops.interpolation import (
    _upsample_bilinear2d_aa,
)  # fmt: skip
from .ops.joining import (
    atleast_1d, atleast_2d, atleast_3d, cat, column_stack, concat, concatenate, dstack, hstack,
    row_stack, stack, vstack,
)  # fmt: skip
from .ops.least_squares import (
    pinverse,
)  # fmt: skip
from .ops.likelihood_losses import (
    poisson_nll_loss,
)  # fmt: skip
from .ops.lobpcg import (
    lobpcg,
)  # fmt: skip
from .ops.low_rank import (
    pca_lowrank, svd_lowrank,
)  # fmt: skip
from .ops.lu import (
    lu, lu_solve, lu_unpack,
)  # fmt: skip
from .ops.masking import (
    argwhere, masked_fill, masked_scatter, masked_select, nonzero, nonzero_static, tril, triu,
    where,
)  # fmt: skip
from .ops.matmul import (
    addmm, bmm, dot, ger, matmul, mm, mv, outer, vdot,
)  # fmt: skip
from .ops.matrix_functions import (
    chain_matmul, matrix_exp, matrix_power, vander,
)  # fmt: skip
from .ops.matrix_norms import (
    dist, norm, nuclear_norm,
)  # fmt: skip
from .ops.max_pool import (
    max_pool1d, max_pool2d, max_pool3d,
)  # fmt: skip
from .ops.noisy import (
    rrelu, rrelu_,
)  # fmt: skip
from .ops.normalization import (
    group_norm, layer_norm, native_group_norm, native_layer_norm, rms_norm,
)  # fmt: skip
from .ops.norms import (
    renorm,
)  # fmt: skip
from .ops.padding import (
    constant_pad_nd,
)  # fmt: skip
from .ops.pair_distances import (
    cdist, pdist,
)  # fmt: skip
from .ops.paired_pools import (
    adaptive_max_pool1d, max_pool1d_with_indices,
)  # fmt: skip
from .ops.part_scatters import (
    as_strided_scatter, diagonal_scatter, select_scatter, slice_scatter,
)  # fmt: skip
from .ops.parts import (
    chunk, diagonal, diagonal_copy, dsplit, hsplit, narrow, select, split, split_with_sizes,
    tensor_split, unbind, vsplit,
)  # fmt: skip
from .ops.pointwise import (
    exp, exp2, expm1, log, log10, log1p, log2, logaddexp, logaddexp2, logit, rsqrt, sigmoid,
    sqrt,
)  # fmt: skip
from .ops.power import (
    float_power, pow, square,
)  # fmt: skip
from .ops.products import (
    cross, inner, kron,
)  # fmt: skip
from .ops.quantiles import (
    median, nanmedian, nanquantile, quantile,
)  # fmt: skip
from .ops.random import (
    default_generator, get_rng_state, initial_seed, manual_seed, normal, rand, rand_like,
    randint, randint_like, randn, randn_like, randperm, seed, set_rng_state,
)  # fmt: skip
from .ops.ranges import (
    arange, eye, linspace, logspace, meshgrid, range, tril_indices, triu_indices,
)  # fmt: skip
from .ops.rectifiers import (
    hardshrink, prelu, relu, relu_, threshold, threshold_,
)  # fmt: skip
from .ops.recurrent_cells import (
    gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell,
)  # fmt: skip
from .ops.reduce import (
    all, any, count_nonzero, logsumexp, mean, nanmean, nansum, prod, sum,
)  # fmt: skip
from .ops.relayout import (
    as_strided_, resize_as_,
)  # fmt: skip
from .ops.rounding import (
    ceil, fix, floor, frac, round, trunc,
)  # fmt: skip
from .ops.sampling import (
    bernoulli, binomial, multinomial, poisson,
)  # fmt: skip
from .ops.scans import (
    cummax, cummin, cumprod, cumsum, logcumsumexp,
)  # fmt: skip
from .ops.scattering import (
    index_add, index_copy, index_fill, index_reduce, put, scatter, scatter_add, scatter_reduce,
)  # fmt: skip
from .ops.searching import (
    bucketize, isin, searchsorted, unique, unique_consecutive, unravel_index,
)  # fmt: skip
from .ops.shuffling import (
    channel_shuffle, native_channel_shuffle, pixel_shuffle, pixel_unshuffle,
)  # fmt: skip
from .ops.signs import (
    abs, absolute, copysign, frexp, heaviside, isneginf, isposinf, ldexp, nextafter, sgn, sign,
    signbit,
)  # fmt: skip
from .ops.singular import (
    svd,
)  # fmt: skip
from .ops.softmax import (
    log_softmax, softmax,
)  # fmt: skip
from .ops.solvers import (
    inverse, triangular_solve,
)  # fmt: skip
from .ops.sorting import (
    aminmax, argsort, kthvalue, mode, msort, sort, topk,
)  # fmt: skip
from .ops.spectral import (
    istft, stft,
)  # fmt: skip
from .ops.statistics import (
    corrcoef, cov, std, std_mean, var, var_mean,
)  # fmt: skip
from .ops.strided import (
    as_strided,
)  # fmt: skip
from .ops.view_copies import (
    alias_copy, as_strided_copy, detach_copy, expand_copy, narrow_copy, permute_copy,
    select_copy, slice_copy, split_copy, split_with_sizes_copy, squeeze_copy, t_copy,
    transpose_copy, unbind_copy, unfold_copy, unsafe_chunk, unsafe_split,
    unsafe_split_with_sizes, unsqueeze_copy, view_as_complex_copy, view_as_real_copy, view_copy,
)  # fmt: skip
from .ops.views import (
    broadcast_tensors, broadcast_to, flatten, ravel, reshape, squeeze, unflatten, unsqueeze,
)  # fmt: skip
from .ops.windows import (
    bartlett_window, blackman_window, hamming_window, hann_window, kaiser_window,
)  # fmt: skip
from .tensor import (
    Tensor,
)  # fmt: skip
from .version import (
    __version__,
)  # fmt: skip

inf = math.inf
nan = math.nan
pi = math.pi
e = math.e
newaxis = None

# NumPy reports a logarithm of zero as a warning in the module that called it; PyTorch has none.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"rushlight(\.|$)")

# Methods that PyTorch has as functions, too.
abs_ = Tensor.abs_
acos_ = Tensor.acos_
acosh_ = Tensor.acosh_
addmv_ = Tensor.addmv_
arccos_ = Tensor.arccos_
arccosh_ = Tensor.arccosh_
arcsin_ = Tensor.arcsin_
arcsinh_ = Tensor.arcsinh_
arctan_ = Tensor.arctan_
arctanh_ = Tensor.arctanh_
asin_ = Tensor.asin_
asinh_ = Tensor.asinh_
atan_ = Tensor.atan_
atanh_ = Tensor.atanh_
ceil_ = Tensor.ceil_
clamp_ = Tensor.clamp_
clamp_max_ = Tensor.clamp_max_
clamp_min_ = Tensor.clamp_min_
clip_ = Tensor.clip_
conj_physical_ = Tensor.conj_physical_
cos_ = Tensor.cos_
cosh_ = Tensor.cosh_
deg2rad_ = Tensor.deg2rad_
detach = Tensor.detach
detach_ = Tensor.detach_
erf_ = Tensor.erf_
erfc_ = Tensor.erfc_
exp2_ = Tensor.exp2_
exp_ = Tensor.exp_
expm1_ = Tensor.expm1_
fix_ = Tensor.fix_
floor_ = Tensor.floor_
frac_ = Tensor.frac_
gcd_ = Tensor.gcd_
i0_ = Tensor.i0_
index_put_ = Tensor.index_put_
lcm_ = Tensor.lcm_
ldexp_ = Tensor.ldexp_
log10_ = Tensor.log10_
log1p_ = Tensor.log1p_
log2_ = Tensor.log2_
log_ = Tensor.log_
logit_ = Tensor.logit_
nan_to_num_ = Tensor.nan_to_num_
neg_ = Tensor.neg_
negative_ = Tensor.negative_
rad2deg_ = Tensor.rad2deg_
reciprocal_ = Tensor.reciprocal_
round_ = Tensor.round_
rsqrt_ = Tensor.rsqrt_
sigmoid_ = Tensor.sigmoid_
sin_ = Tensor.sin_
sinc_ = Tensor.sinc_
sinh_ = Tensor.sinh_
sqrt_ = Tensor.sqrt_
square_ = Tensor.square_
tan_ = Tensor.tan_
tanh_ = Tensor.tanh_
trunc_ = Tensor.trunc_
xlogy_ = Tensor.xlogy_


_ON_FIRST_USE = frozenset(["distributions"])


def __getattr__(name: str) -> _ModuleType:
    """The packages that are imported when they are first asked for."""
    if name in _ON_FIRST_USE:
        return _later(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor",
    "Generator", "HalfTensor", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor",
    "TypedStorage", "UntypedStorage", "__version__", "_upsample_bilinear2d_aa", "abs", "abs_",
    "absolute", "acos", "acos_", "acosh", "acosh_", "adaptive_avg_pool1d",
    "adaptive_max_pool1d", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addmv_",
    "addr", "adjoint", "affine_grid_generator", "alias_copy", "all", "allclose",
    "alpha_dropout", "amax", "amin", "aminmax", "angle", "any", "arange", "arccos", "arccos_",
    "arccosh", "arccosh_", "arcsin", "arcsin_", "arcsinh", "arcsinh_", "arctan", "arctan2",
    "arctan_", "arctanh", "arctanh_", "are_deterministic_algorithms_enabled", "argmax",
    "argmin", "argsort", "argwhere", "as_strided", "as_strided_", "as_strided_copy",
    "as_strided_scatter", "as_tensor", "asarray", "asin", "asin_", "asinh", "asinh_", "atan",
    "atan2", "atan_", "atanh", "atanh_", "atleast_1d", "atleast_2d", "atleast_3d", "autograd",
    "avg_pool1d", "backends", "baddbmm", "bartlett_window", "batch_norm", "bernoulli",
    "bfloat16", "bilinear", "bincount", "binomial", "bitwise_and", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "blackman_window",
    "block_diag", "bmm", "bool", "broadcast_shapes", "broadcast_tensors", "broadcast_to",
    "bucketize", "can_cast", "cartesian_prod", "cat", "cdist", "cdouble", "ceil", "ceil_",
    "celu", "celu_", "cfloat", "chain_matmul", "channel_shuffle", "channels_last",
    "channels_last_3d", "cholesky", "cholesky_inverse", "cholesky_solve", "chunk", "clamp",
    "clamp_", "clamp_max", "clamp_max_", "clamp_min", "clamp_min_", "clip", "clip_", "clone",
    "column_stack", "combinations", "compile", "complex", "complex128", "complex64", "concat",
    "concatenate", "conj", "conj_physical", "conj_physical_", "constant_pad_nd",
    "contiguous_format", "conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d", "convolution", "copysign", "corrcoef", "cos",
    "cos_", "cosh", "cosh_", "cosine_similarity", "count_nonzero", "cov", "cross", "ctc_loss",
    "cuda", "cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid",
    "default_generator", "deg2rad", "deg2rad_", "det", "detach", "detach_", "detach_copy",
    "device", "diag", "diag_embed", "diagflat", "diagonal", "diagonal_copy", "diagonal_scatter",
    "diff", "digamma", "dist", "distributions", "div", "divide", "dot", "double", "dropout",
    "dsplit", "dstack", "dtype", "e", "einsum", "empty", "empty_like", "empty_permuted",
    "empty_strided", "enable_grad", "eq", "equal", "erf", "erf_", "erfc", "erfc_", "erfinv",
    "exp", "exp2", "exp2_", "exp_", "expand_copy", "expm1", "expm1_", "eye",
    "feature_alpha_dropout", "fft", "fill", "fill_", "finfo", "fix", "fix_", "flatten", "flip",
    "fliplr", "flipud", "float", "float16", "float32", "float64", "float_power", "floor",
    "floor_", "floor_divide", "fmax", "fmin", "fmod", "frac", "frac_", "frexp", "from_dlpack",
    "from_numpy", "frombuffer", "full", "full_like", "func", "gather", "gcd", "gcd_", "ge",
    "geqrf", "ger", "get_default_device", "get_default_dtype", "get_deterministic_debug_mode",
    "get_device", "get_float32_matmul_precision", "get_num_interop_threads", "get_num_threads",
    "get_rng_state", "gradient", "greater", "greater_equal", "grid_sampler", "grid_sampler_2d",
    "grid_sampler_3d", "group_norm", "gru_cell", "gt", "half", "hamming_window", "hann_window",
    "hardshrink", "heaviside", "histc", "histogram", "histogramdd", "hsplit", "hstack", "hypot",
    "i0", "i0_", "igamma", "igammac", "iinfo", "imag", "index_add", "index_copy", "index_fill",
    "index_put", "index_put_", "index_reduce", "index_select", "inf", "inference_mode",
    "initial_seed", "inner", "instance_norm", "int", "int16", "int32", "int64", "int8",
    "inverse", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "is_complex", "is_conj",
    "is_deterministic_algorithms_warn_only_enabled", "is_floating_point", "is_grad_enabled",
    "is_inference", "is_inference_mode_enabled", "is_neg", "is_nonzero", "is_same_size",
    "is_signed", "is_storage", "is_tensor", "is_warn_always_enabled", "isclose", "isfinite",
    "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "istft", "kaiser_window",
    "kron", "kthvalue", "layer_norm", "layout", "lcm", "lcm_", "ldexp", "ldexp_", "le", "lerp",
    "less", "less_equal", "lgamma", "linalg", "linspace", "load", "lobpcg", "log", "log10",
    "log10_", "log1p", "log1p_", "log2", "log2_", "log_", "log_softmax", "logaddexp",
    "logaddexp2", "logcumsumexp", "logdet", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logit", "logit_", "logspace", "logsumexp", "long", "lstm_cell", "lt", "lu",
    "lu_solve", "lu_unpack", "manual_seed", "masked", "masked_fill", "masked_scatter",
    "masked_select", "matmul", "matrix_exp", "matrix_power", "max", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool3d", "maximum", "mean", "median",
    "memory_format", "meshgrid", "min", "minimum", "mm", "mode", "moveaxis", "movedim", "msort",
    "mul", "multinomial", "multiply", "mv", "mvlgamma", "nan", "nan_to_num", "nan_to_num_",
    "nanmean", "nanmedian", "nanquantile", "nansum", "narrow", "narrow_copy",
    "native_channel_shuffle", "native_group_norm", "native_layer_norm", "ne", "neg", "neg_",
    "negative", "negative_", "newaxis", "nextafter", "nn", "no_grad", "nonzero",
    "nonzero_static", "norm", "normal", "not_equal", "nuclear_norm", "numel", "ones",
    "ones_like", "optim", "orgqr", "ormqr", "outer", "pairwise_distance", "pca_lowrank",
    "pdist", "permute", "permute_copy", "pi", "pinverse", "pixel_shuffle", "pixel_unshuffle",
    "poisson", "poisson_nll_loss", "polar", "polygamma", "positive", "pow", "prelu",
    "preserve_format", "prod", "promote_types", "put", "qr", "quantile", "rad2deg", "rad2deg_",
    "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "range",
    "ravel", "real", "reciprocal", "reciprocal_", "relu", "relu_", "remainder", "renorm",
    "repeat_interleave", "reshape", "resize_as_", "resolve_conj", "resolve_neg", "result_type",
    "rms_norm", "rnn_relu_cell", "rnn_tanh_cell", "roll", "rot90", "round", "round_",
    "row_stack", "rrelu", "rrelu_", "rsqrt", "rsqrt_", "rsub", "save", "scalar_tensor",
    "scatter", "scatter_add", "scatter_reduce", "searchsorted", "seed", "select", "select_copy",
    "select_scatter", "selu", "selu_", "set_default_device", "set_default_dtype",
    "set_default_tensor_type", "set_deterministic_debug_mode", "set_float32_matmul_precision",
    "set_flush_denormal", "set_grad_enabled", "set_num_interop_threads", "set_num_threads",
    "set_printoptions", "set_rng_state", "set_warn_always", "sgn", "short", "sigmoid",
    "sigmoid_", "sign", "signal", "signbit", "sin", "sin_", "sinc", "sinc_", "sinh", "sinh_",
    "slice_copy", "slice_scatter", "slogdet", "softmax", "sort", "special", "split",
    "split_copy", "split_with_sizes", "split_with_sizes_copy", "sqrt", "sqrt_", "square",
    "square_", "squeeze", "squeeze_copy", "stack", "std", "std_mean", "stft", "strided", "sub",
    "subtract", "sum", "svd", "svd_lowrank", "swapaxes", "swapdims", "t", "t_copy", "take",
    "take_along_dim", "tan", "tan_", "tanh", "tanh_", "tensor", "tensor_split", "tensordot",
    "testing", "threshold", "threshold_", "tile", "to_dlpack", "topk", "trace", "transpose",
    "transpose_copy", "trapezoid", "trapz", "triangular_solve", "tril", "tril_indices", "triu",
    "triu_indices", "true_divide", "trunc", "trunc_", "typename", "uint8", "unbind",
    "unbind_copy", "unflatten", "unfold_copy", "unique", "unique_consecutive", "unravel_index",
    "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "unsqueeze", "unsqueeze_copy",
    "use_deterministic_algorithms", "utils", "vander", "var", "var_mean", "vdot", "version",
    "view_as_complex", "view_as_complex_copy", "view_as_real", "view_as_real_copy", "view_copy",
    "vmap", "vsplit", "vstack", "where", "xlogy", "xlogy_", "zero_", "zeros", "zeros_like",
]  # fmt: skip
