"""The normal distribution of vectors.

May import: core, tensor, autograd, ops.
"""

import math
from typing import Any

from ..core.layout import broadcast_shapes
from ..ops.cholesky import linalg_cholesky
from ..ops.ranges import eye
from ..ops.solvers import solve_triangular
from ..tensor import Tensor
from . import constraints
from .distribution import Distribution
from .parameters import lazy_property, standard_normal

__all__ = ["MultivariateNormal"]


def squared_distance(scale_tril: Tensor, difference: Tensor) -> Tensor:
    """|L^-1 d|^2 for Cholesky factors (..., n, n) and differences (..., n). Shapes broadcast."""
    shape = broadcast_shapes(scale_tril.shape[:-1], difference.shape)
    factor = scale_tril.expand(*shape, shape[-1])
    columns = difference.expand(shape).unsqueeze(-1)
    solved = solve_triangular(factor, columns, upper=False)
    return solved.squeeze(-1).pow(2).sum(-1)


def half_log_determinant(scale_tril: Tensor) -> Tensor:
    """Half the logarithm of the covariance's determinant."""
    return scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def factor_of_precision(precision: Tensor) -> Tensor:
    """The Cholesky factor of the inverse of a precision matrix."""
    # of P turned around in both dims the factor, turned around again, is L^-T
    reversed_factor = linalg_cholesky(precision.flip((-2, -1)))
    inverse = reversed_factor.flip((-2, -1)).mT
    identity = eye(precision.shape[-1], dtype=precision.dtype)
    return solve_triangular(inverse, identity.expand(inverse.shape), upper=False)


class MultivariateNormal(Distribution):
    """The normal distribution of vectors of mean `loc` (..., n) and a covariance (..., n, n).

    The covariance is told by one of `covariance_matrix`, `precision_matrix` (its inverse) and
    `scale_tril` (its Cholesky factor).

    >>> pair = torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2))
    >>> pair.log_prob(torch.zeros(2))
    tensor(-1.8379)
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = {
            "covariance_matrix": covariance_matrix,
            "scale_tril": scale_tril,
            "precision_matrix": precision_matrix,
        }
        chosen = [(name, matrix) for name, matrix in given.items() if matrix is not None]
        if len(chosen) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be "
                "specified."
            )
        ((name, matrix),) = chosen
        if matrix.ndim < 2:
            raise ValueError(
                f"{name} must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand((*batch, -1, -1)))
        self.loc = loc.expand((*batch, -1))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = matrix
        elif name == "covariance_matrix":
            self._unbroadcasted_scale_tril = linalg_cholesky(matrix)
        else:
            self._unbroadcasted_scale_tril = factor_of_precision(matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._copy_for(MultivariateNormal, _instance, batch_shape)
        new.loc = self.loc.expand((*batch_shape, *self.event_shape))
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril
        for name in ("covariance_matrix", "scale_tril", "precision_matrix"):
            if name in self.__dict__:
                square = (*batch_shape, *self.event_shape, *self.event_shape)
                setattr(new, name, self.__dict__[name].expand(square))
        new._validate_args = self._validate_args
        return new

    def _square(self, matrix: Tensor) -> Tensor:
        return matrix.expand((*self._batch_shape, *self._event_shape, *self._event_shape))

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        return self._square(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        factor = self._unbroadcasted_scale_tril
        return self._square(factor @ factor.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        factor = self._unbroadcasted_scale_tril
        identity = eye(factor.shape[-1], dtype=factor.dtype).expand(factor.shape)
        inverse = solve_triangular(factor, identity, upper=False)
        return self._square(inverse.mT @ inverse)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        found = self._unbroadcasted_scale_tril.pow(2).sum(-1)
        return found.expand((*self._batch_shape, *self._event_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        drawn = standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + (self._unbroadcasted_scale_tril @ drawn.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        distance = squared_distance(self._unbroadcasted_scale_tril, value - self.loc)
        constant = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (constant + distance) - half_log_determinant(self._unbroadcasted_scale_tril)

    def entropy(self) -> Tensor:
        constant = 0.5 * self._event_shape[0] * (1 + math.log(2 * math.pi))
        found = constant + half_log_determinant(self._unbroadcasted_scale_tril)
        return found.expand(self._batch_shape) if self._batch_shape else found
