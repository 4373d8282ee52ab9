"""torch.func: functions of functions. Gradients, Jacobians, tangents and batches of any function.

May import: func.
"""

from .vmap import vmap

__all__ = ["vmap"]
