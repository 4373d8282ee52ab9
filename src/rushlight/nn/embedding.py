"""Tables of vectors picked by index, as modules.

May import: tensor, autograd, ops, nn.
"""

from typing import Any

from ..autograd.grad_mode import no_grad
from ..ops import embedding
from ..ops.filled import empty
from ..tensor import Tensor
from . import init
from .module import Module
from .parameter import Parameter


class _Table(Module):
    """The table itself: how it starts, and what of it is padding."""

    weight: Any

    def _make_weight(self, given: Tensor | None, frozen: bool, device: Any, dtype: Any) -> None:
        shape = (self.num_embeddings, self.embedding_dim)
        if given is not None:
            if tuple(given.shape) != shape:
                raise AssertionError(
                    "Shape of weight does not match num_embeddings and embedding_dim: got "
                    f"{list(given.shape)}, expected {list(shape)}"
                )
            self.weight = Parameter(given, requires_grad=not frozen)
            return
        self.weight = Parameter(empty(shape, device=device, dtype=dtype), requires_grad=not frozen)
        self.reset_parameters()

    def _set_padding(self, padding_idx: int | None) -> None:
        count = self.num_embeddings
        if padding_idx is not None:
            if not -count <= padding_idx < count:
                raise AssertionError(
                    f"Padding_idx must be within num_embeddings: {padding_idx} is none of the "
                    f"{count} rows"
                )
            padding_idx %= count
        self.padding_idx = padding_idx

    def reset_parameters(self) -> None:
        """Draws every row anew from the standard normal distribution; the padding is zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)


def _as_table(embeddings: Tensor) -> Tensor:
    if embeddings.ndim != 2:
        raise AssertionError(
            "Embeddings parameter is expected to be 2-dimensional, but has the shape "
            f"{list(embeddings.shape)}"
        )
    return embeddings


class Embedding(_Table):
    """A table of `num_embeddings` vectors, picked by index. Shapes (*) to (*, embedding_dim).

    See `torch.nn.functional.embedding` for the settings.

    >>> layer = torch.nn.Embedding(10, 3)
    >>> layer(torch.tensor([[1, 2], [4, 5]])).shape
    torch.Size([2, 2, 3])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self._set_padding(padding_idx)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self._make_weight(_weight, _freeze, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Any:
        """The module over a given table, which is not trained unless `freeze=False`.

        >>> layer = torch.nn.Embedding.from_pretrained(torch.tensor([[1.0, 2.0]]))
        >>> layer(torch.tensor(0))
        tensor([1., 2.])
        """
        rows, columns = _as_table(embeddings).shape
        return cls(
            rows, columns, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse,
            _weight=embeddings, _freeze=freeze,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        """The rows at the indices."""
        return embedding.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        """Its settings, as PyTorch prints them."""
        shown = [f"{self.num_embeddings}, {self.embedding_dim}"]
        if self.padding_idx is not None:
            shown.append(f"padding_idx={self.padding_idx}")
        shown += _settings(self)
        if self.sparse:
            shown.append("sparse=True")
        return ", ".join(shown)


def _settings(table: Any) -> list[str]:
    shown = []
    if table.max_norm is not None:
        shown.append(f"max_norm={table.max_norm}")
    if table.norm_type != 2:
        shown.append(f"norm_type={table.norm_type}")
    if table.scale_grad_by_freq:
        shown.append(f"scale_grad_by_freq={table.scale_grad_by_freq}")
    return shown


class EmbeddingBag(_Table):
    """Sums, means or maxima of bags of table rows; see `torch.nn.functional.embedding_bag`.

    >>> layer = torch.nn.EmbeddingBag(10, 3, mode="sum")
    >>> layer(torch.tensor([1, 2, 4, 5]), torch.tensor([0, 3])).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self._set_padding(padding_idx)
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self._make_weight(_weight, False, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Any:
        """The module over a given table, which is not trained unless `freeze=False`."""
        rows, columns = _as_table(embeddings).shape
        made = cls(
            rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings,
            include_last_offset, padding_idx,
        )  # fmt: skip
        made.weight.requires_grad_(not freeze)
        return made

    def forward(
        self,
        input: Tensor,
        offsets: Tensor | None = None,
        per_sample_weights: Tensor | None = None,
    ) -> Tensor:
        """One vector for each bag of indices."""
        return embedding.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        """Its settings, as PyTorch prints them."""
        shown = [f"{self.num_embeddings}, {self.embedding_dim}", *_settings(self)]
        shown.append(f"mode={self.mode!r}")
        if self.padding_idx is not None:
            shown.append(f"padding_idx={self.padding_idx}")
        return ", ".join(shown)
