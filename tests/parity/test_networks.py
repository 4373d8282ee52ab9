"""Whole networks trained on PyTorch and here from the same seed: the losses are the same numbers.

Embeddings, recurrent layers over packed sequences, Transformers, normalizations, lazy layers,
dropout, schedules, clipping, evaluation, copies and files.
May import: everything.
"""

import copy
import io
import pickle
import warnings

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")


def tagger(t):
    """Words through a deep LSTM, of different lengths, to one class each."""
    nn = t.nn

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(50, 16, padding_idx=0)
            self.layers = nn.LSTM(16, 24, 2, batch_first=True, bidirectional=True, dropout=0.3)
            self.head = nn.Linear(48, 5)

        def forward(self, words, lengths):
            packed = nn.utils.rnn.pack_padded_sequence(
                self.table(words), lengths, batch_first=True, enforce_sorted=False
            )
            out, (last, _) = self.layers(packed)
            out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
            return self.head(out.mean(1) + t.cat([last[-1], last[-2]], 1))

    model = Tagger()
    words, lengths = t.randint(0, 50, (8, 12)), t.randint(1, 13, (8,))
    classes = t.randint(0, 5, (8,))

    def loss():
        return nn.functional.cross_entropy(model(words, lengths), classes, label_smoothing=0.1)

    return model, loss


def translator(t):
    """A Transformer with causal and padding masks."""
    nn = t.nn

    class Translator(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(50, 16)
            self.body = nn.Transformer(16, 4, 2, 2, 32, batch_first=True, dropout=0.1)
            self.head = nn.Linear(16, 50)

        def forward(self, source, target):
            mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
            out = self.body(
                self.table(source),
                self.table(target),
                tgt_mask=mask,
                tgt_is_causal=True,
                src_key_padding_mask=source == 0,
            )
            return self.head(out)

    model = Translator()
    source, target = t.randint(0, 50, (4, 9)), t.randint(0, 50, (4, 7))

    def loss():
        return nn.functional.cross_entropy(model(source, target).transpose(1, 2), target)

    return model, loss


def painter(t):
    """Convolutions with every normalization, some of them lazy."""
    nn = t.nn
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.LazyConv2d(16, 3), nn.GroupNorm(4, 16), nn.GELU(), nn.InstanceNorm2d(16, affine=True),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.LazyBatchNorm1d(), nn.Dropout(0.2),
        nn.LazyLinear(10), nn.LayerNorm(10), nn.RMSNorm(10),
    )  # fmt: skip
    images, classes = t.rand(8, 3, 12, 12), t.randint(0, 10, (8,))
    model(images)
    return model, lambda: nn.functional.cross_entropy(model(images), classes)


def listener(t):
    """A GRU whose outputs are aligned by CTC, and a cell stepped by hand."""
    nn = t.nn

    class Listener(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.GRU(6, 10, num_layers=2, dropout=0.2)
            self.cell = nn.LSTMCell(10, 7)
            self.head = nn.Linear(10, 5)

        def forward(self, sound):
            out, _ = self.layers(sound)
            states = None
            for step in out:
                states = self.cell(step, states)
            return self.head(out).log_softmax(2), states[0]

    model = Listener()
    sound, labels = t.randn(11, 4, 6), t.randint(1, 5, (4, 3))

    def loss():
        log_probs, last = model(sound)
        lengths = t.full((4,), 11), t.full((4,), 3)
        return nn.functional.ctc_loss(log_probs, labels, *lengths) + last.pow(2).mean()

    return model, loss


def losses(t, make, steps=8):
    """The loss at each step of training, then in eval mode, also of a copy."""
    t.manual_seed(0)
    model, loss = make(t)
    optimizer = t.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = t.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    seen = []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        t.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        seen.append(value.item())
    model.eval()
    with t.no_grad():
        seen.append(loss().item())
        file = io.BytesIO()
        t.save(model.state_dict(), file)
        file.seek(0)
        for parameter in model.parameters():
            parameter.zero_()
        model.load_state_dict(t.load(file))
        assert loss().item() == seen[-1]
    return seen, model


@pytest.mark.parametrize("make", [tagger, translator, painter, listener])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_losses_are_the_same_numbers(make, dtype):
    found = []
    for library in (torch, rushlight):
        library.set_default_dtype(getattr(library, dtype))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                seen, model = losses(library, make)
        finally:
            library.set_default_dtype(library.float32)
        found.append(seen)
    # Adam turns the rounding of gradients that should be zero into steps: float32 is held loosely
    np.testing.assert_allclose(found[1], found[0], rtol=2e-3 if dtype == "float32" else 1e-9)
    for child in model.children():
        for twin in (copy.deepcopy(child), pickle.loads(pickle.dumps(child))):
            assert repr(twin) == repr(child)
            for (name, value), (other, same) in zip(
                child.state_dict().items(), twin.state_dict().items(), strict=True
            ):
                assert name == other and value.tolist() == same.tolist()
