"""A softmax over many classes that spends less on the rare ones.

May import: ops, tensor, nn.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..ops.filled import zeros
from ..ops.joining import cat
from ..ops.softmax import log_softmax
from ..tensor import Tensor, wrap
from .containers import ModuleList, Sequential
from .linear import Linear
from .module import Module


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Frequent classes in a head, rare ones in clusters of their own (Grave et al., 2017).

    Classes are numbered from the most frequent on; `cutoffs` say where clusters begin, and each
    cluster works with `div_value` times fewer features than the one before. Shapes (N,
    in_features) and (N), or (in_features) and (). Returns the log-probability of each target and
    their mean, negated. ValueError for cutoffs that do not rise, RuntimeError for shapes and
    targets that do not fit.

    >>> layer = torch.nn.AdaptiveLogSoftmaxWithLoss(16, 20, cutoffs=[5, 10])
    >>> output, loss = layer(torch.rand(3, 16), torch.tensor([0, 7, 19]))
    >>> output.shape, loss.shape
    (torch.Size([3]), torch.Size([]))
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        rising = all(a < b for a, b in zip([0, *cutoffs], [*cutoffs, n_classes], strict=True))
        if not rising or any(int(c) != c for c in cutoffs):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing "
                f"order, where each value is between 1 and n_classes-1, but got {cutoffs}"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **made)
        self.tail = ModuleList()
        for number, (start, end) in enumerate(zip(self.cutoffs, self.cutoffs[1:]), 1):
            hidden = int(in_features // div_value**number)
            self.tail.append(
                Sequential(
                    Linear(in_features, hidden, bias=False, **made),
                    Linear(hidden, end - start, bias=False, **made),
                )
            )

    def reset_parameters(self) -> None:
        """Draws every weight anew."""
        self.head.reset_parameters()
        for cluster in self.tail:
            for layer in cluster:
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """The log-probability of each target, and the loss."""
        batched = target_.ndim == 1
        if target_.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if batched and input_.shape[0] != target_.shape[0]:
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if input_.ndim != target_.ndim + 1:
            raise RuntimeError(
                f"{target_.ndim}D target tensor expects {target_.ndim + 1}D input tensors, but "
                f"found inputs with size {input_.shape}"
            )
        input, target = (input_, target_) if batched else (input_[None], target_[None])
        classes = target._array
        if classes.size and not 0 <= classes.min() <= classes.max() < self.n_classes:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{classes.min()}, {classes.max()}] were found. "
            )
        # the place of each target in the head: its own, or its cluster's
        cluster = np.searchsorted(self.cutoffs, classes, side="right")
        head_index = np.where(cluster, self.shortlist_size + cluster - 1, classes)
        output = zeros(len(classes), dtype=input.dtype)
        for number, layer in enumerate(self.tail, 1):
            rows = np.flatnonzero(cluster == number)
            if not len(rows):
                continue
            places = wrap(classes[rows, None] - self.cutoffs[number - 1])
            scores = log_softmax(layer(input.index_select(0, wrap(rows))), 1)
            output = output.index_copy(0, wrap(rows), scores.gather(1, places).squeeze(1))
        head = log_softmax(self.head(input), 1)
        output = output + head.gather(1, wrap(head_index[:, None])).squeeze(1)
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probability of every class: (N, in_features) to (N, n_classes)."""
        head = log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for number, layer in enumerate(self.tail):
            column = head[:, self.shortlist_size + number].unsqueeze(1)
            parts.append(log_softmax(layer(input), 1) + column)
        return cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each row: (N, in_features) to (N)."""
        return self.log_prob(input).argmax(1)
