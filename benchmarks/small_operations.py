"""Single operations on tensors so small that what is measured is the way to the kernel.

May import: rows.
"""

from benchmarks.rows import row


@row(calls=2000, goal=0.9)
def op_add_small(torch):
    a, b = torch.rand(10, 3), torch.rand(10, 3)
    return lambda: a + b


@row(calls=2000, goal=0.9)
def op_add_small_grad(torch):
    a, b = torch.rand(10, 3).requires_grad_(), torch.rand(10, 3)
    return lambda: a + b


@row(calls=500)
def op_matmul_small_bwd(torch):
    a, b = torch.rand(8, 8).requires_grad_(), torch.rand(8, 8)

    def step():
        a.grad = None
        (a @ b).sum().backward()

    return step


@row(calls=2000)
def op_sum_1d(torch):
    a = torch.rand(100)
    return lambda: a.sum()


@row(calls=2000)
def op_mean_1d(torch):
    a = torch.rand(100)
    return lambda: a.mean()


@row(calls=2000)
def op_index_int(torch):
    a = torch.rand(10, 3)
    return lambda: a[3]


@row(calls=2000)
def op_index_slice(torch):
    a = torch.rand(10, 3)
    return lambda: a[2:7, 1]


@row(calls=1000)
def op_index_tensor(torch):
    a, rows = torch.rand(10, 3), torch.tensor([0, 3, 5])
    return lambda: a[rows]


@row(calls=1000)
def op_cross_entropy(torch):
    scores, labels = torch.rand(16, 3), torch.randint(0, 3, (16,))
    return lambda: torch.nn.functional.cross_entropy(scores, labels)
