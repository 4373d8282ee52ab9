"""What is not compared element by element, or not at all, each with the reason.

May import: everything.
"""

# The elements are whatever stood in memory: shapes, dtypes and strides are compared.
UNINITIALISED = {
    "empty": "uninitialised",
    "empty_like": "uninitialised",
    "empty_permuted": "uninitialised",
    "empty_strided": "uninitialised",
    "new_empty": "uninitialised",
    "new_empty_strided": "uninitialised",
    "resize_": "uninitialised where it grows",
    "resize_as_": "uninitialised where it grows",
    "nonzero_static": "uninitialised without a fill value",
}

# Any element of a family of equally good results: compared through the sample's own
# `output_process_fn_grad`, or as shapes where that leaves the choice open.
GAUGE = {
    "geqrf": "Householder vectors have no sign that is fixed",
    "linalg.eig": "each eigenvector has a phase of its own",
    "linalg.eigh": "each eigenvector has a sign of its own",
    "linalg.svd": "each pair of singular vectors has a sign of its own",
    "pca_lowrank": "signs of singular vectors",
    "svd": "each pair of singular vectors has a sign of its own",
    "svd_lowrank": "signs of singular vectors",
    "triangular_solve": "the second result is a copy of the first input's memory, or empty",
}

# PyTorch's kernels round in an order of their own: the tolerance is that many times wider.
WIDER = {
    "matrix_exp": (50, "small elements beside a million times larger ones"),
    "nn.functional.multi_head_attention_forward": (10, "a softmax of large scores"),
    "special.bessel_j0": (1000, "PyTorch's own error is near 1e-6"),
    "special.bessel_j1": (1000, "PyTorch's own error is near 1e-6"),
    "special.bessel_y1": (1000, "PyTorch's own error is near 1e-6"),
    "cumprod": (10, "products in another order"),
    "linalg.cond": (100, "a ratio of singular values"),
    "linalg.det": (10, "a product of pivots"),
    "linalg.inv": (100, "conditioned badly"),
    "linalg.pinv": (100, "conditioned badly"),
    "logdet": (10, "a product of pivots"),
    "prod": (10, "products in another order"),
    "pca_lowrank": (100, "random projections, conditioned badly"),
}

# In place, PyTorch raises for some samples in one run and not in the next; why is not understood.
# They are recorded as failing, and may be right.
UNSTEADY = {"addcdiv", "addcmul", "addr", "addbmm", "baddbmm"}

# Which of several equal elements comes first is left open unless a stable sort is asked for:
# places are compared by the elements they point at.
TIES = ("argsort", "kthvalue", "mode", "sort", "topk")

# Wrong inputs that cannot be written down here, and are therefore not counted: the line that
# makes the input fails before the operator is reached.
NOT_EXPRESSIBLE = {
    "layout=torch.sparse_coo": "there are no sparse layouts",
    "device='meta'": "there is no meta device",
    "65 dims": "NumPy has 64",
}
