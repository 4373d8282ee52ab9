"""Ready-made parametrizations: weights as direction and length, weights that stretch by 1.

May import: core, tensor, autograd, ops, nn.
"""

from typing import Any

from ...autograd.grad_mode import no_grad
from ...ops.normalization import normalize
from ...ops.norms import vector_norm
from ...tensor import Tensor
from ..convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..module import Module
from .parametrize import register_parametrization

__all__ = ["spectral_norm", "weight_norm"]


def length_along(weight: Tensor, dim: int | None) -> Tensor:
    """The length of each slice of `dim`, kept so that it broadcasts; of all (None or -1)."""
    if dim is None or dim == -1:
        return vector_norm(weight)
    others = tuple([d for d in range(weight.ndim) if d != dim % weight.ndim])
    return vector_norm(weight, 2, others, keepdim=True)


def with_length(direction: Tensor, length: Tensor, dim: int | None) -> Tensor:
    """The direction scaled to that length."""
    return direction * (length / length_along(direction, dim))


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, length: Tensor, direction: Tensor) -> Tensor:
        """The weight."""
        return with_length(direction, length, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Length and direction of a weight."""
        return length_along(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Makes a weight g * v / |v|: its length apart from its direction (Salimans and Kingma, 2016).

    One length for each slice of `dim`, or one in all (None). The two are `original0` and
    `original1`; a state dict of the older `torch.nn.utils.weight_norm` can be loaded. ValueError
    when there is no such weight.

    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 3))
    >>> layer.parametrizations.weight.original0.shape
    torch.Size([3, 1])
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(_: Any, state_dict: dict, prefix: str, *args: Any) -> None:
        old = [f"{prefix}{name}_{part}" for part in "gv"]
        if all(key in state_dict for key in old):
            for number, key in enumerate(old):
                new = f"{prefix}parametrizations.{name}.original{number}"
                state_dict[new] = state_dict.pop(key)

    module.register_load_state_dict_pre_hook(rename)
    return module


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight with `dim` as rows and all else as columns."""
    order = [dim, *[d for d in range(weight.ndim) if d != dim]]
    return weight.permute(order).flatten(1)


@no_grad()
def improve(matrix: Tensor, u: Tensor, v: Tensor, count: int, eps: float) -> None:
    """Power iteration: turns u and v, in place, towards the first singular vectors."""
    for _ in range(count):
        u.copy_(normalize(matrix.mv(v), dim=0, eps=eps))
        v.copy_(normalize(matrix.T.mv(u), dim=0, eps=eps))


def default_dim(module: Module) -> int:
    """The dim of a weight that belongs to the outputs."""
    return int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(
        self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got "
                f"{dim})"
            )
        check_iterations(n_power_iterations)
        self.dim = dim % ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            rows, columns = matrix.shape
            u = matrix.new_empty(rows).normal_(0, 1)
            v = matrix.new_empty(columns).normal_(0, 1)
            self.register_buffer("_u", normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", normalize(v, dim=0, eps=eps))
            improve(matrix, self._u, self._v, 15, eps)

    def forward(self, weight: Tensor) -> Tensor:
        """The weight over its largest singular value; a vector over its length."""
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            improve(matrix.detach(), self._u, self._v, self.n_power_iterations, self.eps)
        u, v = self._u.clone(), self._v.clone()
        return weight / u.dot(matrix.mv(v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself, which is taken to be normalized already."""
        return value


def check_iterations(count: int) -> None:
    """ValueError unless there is at least one."""
    if count <= 0:
        raise ValueError(
            f"Expected n_power_iterations to be positive, but got n_power_iterations={count}"
        )


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divides a weight by its largest singular value (Miyato et al., 2018).

    The value is found by power iteration, which goes on with every training step. `dim` are the
    rows of the matrix, by default the outputs. ValueError when there is no such weight.

    >>> layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(4, 3))
    >>> round(torch.linalg.matrix_norm(layer.weight, 2).item(), 3)
    1.0
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = default_dim(module)
    made = _SpectralNorm(weight, n_power_iterations, dim, eps)
    return register_parametrization(module, name, made)
