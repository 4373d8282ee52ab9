"""Samples for the primitives behind layers: pooling, resizing, shuffling, recurrence.

May import: everything.
"""

import numpy as np

import rushlight as torch
from tests.ops.sampling import F, of

SIZES = {1: (4,), 2: (4, 3), 3: (2, 3, 4)}


def image(dims):
    """The shape of one sample of one channel, small enough for second differences."""
    return (1, 1, *SIZES[dims])


def pools():
    """Average, maximal and adaptive pooling over one to three dims."""
    made = {}
    for d in (1, 2, 3):
        average = getattr(F, f"avg_pool{d}d")
        adaptive = getattr(F, f"adaptive_avg_pool{d}d")
        highest = getattr(F, f"max_pool{d}d")
        fitted = getattr(F, f"adaptive_max_pool{d}d")
        made[f"avg_pool{d}d"] = [
            of(lambda x, f=average: f(x, 2, 1), image(d)),
            of(lambda x, f=average: f(x, 2, 2, 1, count_include_pad=False), image(d)),
        ]
        made[f"adaptive_avg_pool{d}d"] = [of(lambda x, f=adaptive: f(x, 2), image(d))]
        made[f"adaptive_max_pool{d}d"] = [of(lambda x, f=fitted: f(x, 2), image(d))]
        made[f"max_pool{d}d_with_indices"] = [of(lambda x, f=highest: f(x, 2, 1), image(d))]
        made[f"max_unpool{d}d"] = [of(lambda x, d=d: unpooled(x, d), image(d))]
    return made


def unpooled(x, dims):
    """Every second maximum, put back to where it was."""
    pooled, places = getattr(F, f"max_pool{dims}d")(x.detach(), 2, return_indices=True)
    corner = (slice(None), slice(None), *[slice(size) for size in pooled.shape[2:]])
    return getattr(F, f"max_unpool{dims}d")(x[corner], places, 2, output_size=x.shape[2:])


def resizes():
    """`interpolate` in all its modes, to a larger and to a smaller size."""
    made = {}
    modes = {"linear": (1,), "bilinear": (2,), "trilinear": (3,), "bicubic": (2,)}
    modes |= {"nearest": (1, 2, 3), "nearest-exact": (1, 2, 3)}
    for mode, all_dims in modes.items():
        for d in all_dims:
            name = f"upsample_{mode.replace('-', '_')}{d}d"
            larger = {"size": tuple(size + 1 for size in SIZES[d]), "mode": mode}
            smaller = {"size": (2,) * d, "mode": mode}
            made[name] = [
                of(lambda x, options=options: F.interpolate(x, **options), image(d))
                for options in (larger, smaller)
            ]
    for mode in ("bilinear", "bicubic", "lanczos"):
        options = {"size": (2, 2), "mode": mode, "antialias": True}
        name = f"upsample_{mode}2d_aa"
        made[name] = [of(lambda x, options=options: F.interpolate(x, **options), image(2))]
    return made


def fractional(dims):
    """Fractional pooling at windows that are given, so that nothing is drawn."""
    function = getattr(F, f"fractional_max_pool{dims}d")
    draws = torch.full((1, 1, dims), 0.4, dtype=torch.float64)
    options = {"output_size": (2,) * dims}
    return of(
        lambda x: function(x, (2,) * dims, _random_samples=draws.to(x.dtype), **options),
        (1, 1, *(4, 4, 4)[:dims]),
    )


def losses_of_sequences(logits):
    log_probs = F.log_softmax(logits, 2)
    return F.ctc_loss(log_probs, torch.tensor([[1, 2]]), (4,), (2,))


def recurrence(kind, gates):
    """A layer of two steps, its weights among the inputs."""

    def function(x, weight, recurrent, bias):
        layer = getattr(torch.nn, kind)(2, 2)
        own = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        values = dict(zip(own, (weight, recurrent, bias, bias), strict=True))
        return torch.func.functional_call(layer.to(x.dtype), values, (x,))[0]

    return of(function, (2, 1, 2), (2 * gates, 2), (2 * gates, 2), (2 * gates,))


GRID = np.array([[[[-0.6, 0.2], [0.45, -0.3]]]])

SAMPLES = {
    **pools(),
    **resizes(),
    "above_diagonal": [of(F.pdist, (3, 2))],
    "affine_grid_generator": [
        of(lambda x: F.affine_grid(x, (1, 1, 2, 3), align_corners=False), (1, 2, 3))
    ],
    "cdist": [of(lambda x, y, p=p: torch.cdist(x, y, p), (3, 2), (2, 2)) for p in (2.0, 3.0)],
    "channel_shuffle": [of(lambda x: F.channel_shuffle(x, 2), (1, 4, 2, 1))],
    "col2im": [of(lambda x: F.fold(x, (3, 3), 2), (1, 4, 4))],
    "ctc_loss": [of(losses_of_sequences, (4, 1, 3))],
    "fractional_max_pool2d": [fractional(2)],
    "fractional_max_pool3d": [fractional(3)],
    "gru_layer": [recurrence("GRU", 3)],
    "im2col": [of(lambda x: F.unfold(x, 2), (1, 1, 3, 3))],
    "lstm_layer": [recurrence("LSTM", 4)],
    "pixel_shuffle": [of(lambda x: F.pixel_shuffle(x, 2), (1, 4, 1, 2))],
    "pixel_unshuffle": [of(lambda x: F.pixel_unshuffle(x, 2), (1, 1, 2, 4))],
    "read_rows": [
        of(lambda x, g: F.grid_sample(x, g, align_corners=False), (1, 2, 3, 3), GRID),
    ],
    "rnn_layer": [recurrence("RNN", 1)],
    "rrelu_with_noise": [of(lambda x: torch.manual_seed(0) and F.rrelu(x, training=True), (2, 3))],
}
