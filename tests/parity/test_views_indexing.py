"""Views, indexing, joining and in-place changes: the same programs here and on PyTorch.

A program is a few statements and a last expression; values, strides, node names, gradients, and
for bad programs the error type and the first words of the message are compared.
May import: everything.
"""

import warnings

import numpy as np
import pytest

import rushlight

# ruff: noqa: E501  (the tables of programs)

torch = pytest.importorskip("torch")

GOOD = """
x[0]|x[-1]|x[0:2]|x[:, 1]|x[None]|x[..., 1]|x[:]|x[...]|x[()]|x[True]|x[False]|x[0:2, 1]|x[[0, 1]]
x[torch.tensor([0, 1])]|x[x > 0]|x[0, [0, 1]]|x[:, [0, 1]]|x[:, None, [0, 1]]|x[::2]|x[1:, ::2]
x[torch.tensor(1)]|x[torch.tensor(True)]|x[True, False]|x[np.array([0, 1])]|x[np.int64(1)]
x[range(2)]|x[(0, 1),]|x[1:0]|x[5:9]|x[None, [0], None, [1]]|x[[0], :, None]|x[0, 1]|x[0, None]
x[torch.tensor([[0, 1]], dtype=torch.int32)]|x[0, torch.ones(4, dtype=torch.bool)]|x[[]]
x[torch.tensor([True, False, True])]|x[:, torch.tensor([True, False, True, True])]|x[[0, 0, 1, 0]]
x[[0, -1]]|x[[0, 1], [1, 1]]|x[[[0], [1]], [1, 1]]|x[None, True]|x[[0, 1], True]|z[0, :, [0, 1]]
z[:, 0, [0, 1]]|z[[0, 1], :, [0, 1]]|z[:, [0, 0, 2], 1:]|z[..., [3, 3]]|z[1, ..., None]|z[:, :, 0]
z[[0, 1, 1], [2, 2, 2]]|z[:, [[0, 1], [1, 1]], [3, 2]]|z[torch.ones(2, 3, dtype=torch.bool), 1:]
z[torch.ones(2, 3, dtype=torch.bool)]|z[:, torch.ones(3, 4, dtype=torch.bool)]|z[None, ..., None]
x.t()|x.T|x.mT|x.H|x.mH|x.transpose(0, 1)|x.swapaxes(0, 1)|x.swapdims(0, 1)|x.permute(1, 0)
z.permute(2, 0, 1)|z.permute((-1, 0, 1))|z.transpose(-1, 0)|z.movedim(0, 2)|z.movedim((0, 1), (2, 0))
z.moveaxis(-1, 0)|z.mT|torch.adjoint(z)|x.expand(2, 3, 4)|x[:, :1].expand(-1, 5)|x[0].expand(3, -1)
x.unsqueeze(0)|x.unsqueeze(-1)|x.t().unsqueeze(1)|x.squeeze()|x[:1].squeeze(0)|x.squeeze(0)
x[None].squeeze()|x[None, :, None].squeeze((0, 2))|x.select(0, 1)|x.select(-1, -1)|x.narrow(0, 1, 2)
x.narrow(1, -2, 1)|x.view(12)|x.view(2, -1)|x.view((6, 2))|x.reshape(12)|x.t().reshape(12)|x.reshape(-1)
x.t().reshape(2, 6)|x.t()[:, :2].reshape(-1)|x.flatten()|z.flatten(1)|z.flatten(0, 1)|x.ravel()
x.unflatten(1, (2, 2))|x.unflatten(1, (-1, 2))|x.diagonal()|x.diagonal(1)|x.diagonal(-1)
z.diagonal(0, 0, 2)|z.diagonal(1, 1, 2)|x.as_strided((2, 2), (1, 1))|x.as_strided((2, 3), (1, 2), 3)
x.t().as_strided((2, 2), (3, 1), 1)|x.unfold(0, 2, 1)|x.unfold(1, 3, 1)|z.unfold(1, 2, 1)|z.unfold(2, 2, 2)
x[0].unfold(0, 2, 1)|x.view_as(x)|x.expand_as(z[:, :3, :4])|x.broadcast_to((2, 3, 4))|x.reshape_as(x)
x.unbind()[0]|x.unbind(1)[2]|sum(x.unbind())|x.split(2)[0]|x.split(2)[1]|x.split([1, 2])[1]|x.chunk(2)[0]
x.chunk(3, 1)[1]|torch.cat(x.split(1, 1))|x.tensor_split(2)[0]|x.tensor_split((1, 2), 1)[1]
x.clone()|x.t().clone()|x.contiguous()|x.t().contiguous()|x.real|torch.hsplit(x, 2)[1]|torch.vsplit(x, 3)[2]
x.gather(0, torch.tensor([[0, 1, 2, 0]]))|x.gather(1, torch.tensor([[0, 0], [3, 1]]))
x.index_select(0, torch.tensor([0, 0, 2]))|x.index_select(1, torch.tensor([3, 0]))
x.take(torch.tensor([0, -1, 3, 3]))|torch.take_along_dim(x, torch.tensor([[0], [1], [2]]), 1)
x.scatter(0, torch.tensor([[0, 1, 2, 0]]), y[:1])|x.scatter(0, torch.tensor([[0, 2, 1, 1]]), 1.5)
x.scatter(1, torch.tensor([[1, 0]]), y[1:2, :2])|x.scatter_add(0, torch.tensor([[0, 1, 2, 0], [0, 0, 0, 0]]), y[1:])
x.masked_fill(x > 0, 0)|x.masked_fill(x[0] > 0, 7)|x.masked_fill(x > 0, torch.tensor(2.0))
x.masked_select(x > 0)|x.masked_select(x[0] > 0)|torch.where(x > 0, x, y)|torch.where(x > 0, x, 0)
torch.where(x > 0, 1, y)|torch.where(x[0] > 0, x, y[:, :1])|x.index_add(0, torch.tensor([0, 0]), y[:2])
x.index_add(1, torch.tensor([3]), y[:, :1], alpha=2)|x.index_copy(0, torch.tensor([2, 0]), y[:2])
x.index_fill(1, torch.tensor([0, 2]), 3)|x.index_put((torch.tensor([0]),), y[0])
x.index_put((torch.tensor([0, 0]), torch.tensor([1, 1])), y[0, :2], accumulate=True)
x.roll(1, 0)|x.roll((1, 2), (0, 1))|x.roll(5)|x.flip(0)|x.flip(0, 1)|x.fliplr()|x.flipud()|x.rot90()
x.rot90(2)|x.rot90(-1)|x.repeat(2, 1)|x.repeat(2, 1, 3)|x.repeat_interleave(2, 0)|x.repeat_interleave(2)
x.repeat_interleave(torch.tensor([1, 0, 2]), 0)|x.tile(2)|x.tile((2, 1, 2))|x.tril()|x.triu(1)|z.tril(-1)
torch.cat([x, y])|torch.cat([x, y], 1)|torch.cat([x, torch.tensor([])])|torch.stack([x, y])
torch.stack([x, y], -1)|torch.hstack([x, y])|torch.vstack([x, y])|torch.dstack([x, y])|torch.hstack([x[0], y[1]])
torch.vstack([x[0], y])|torch.column_stack([x[:, 0], y])|torch.cat([x, torch.ones(3, 4, dtype=torch.double)])
torch.masked_scatter(x, x > 0, y)|x.diag()|x[0].diag()|x[0].diag(-1)|x.diag_embed()|x.diag_embed(1, 0, 2)
torch.atleast_2d(x[0])|torch.atleast_3d(x)|torch.broadcast_tensors(x, z[:1, :, :])[0]
x.nonzero()|torch.nonzero(x > 0)|torch.argwhere(x > 0)|torch.where(x > 0)[1]
""".replace("\n", "|")

CHANGES = """
x.add_(1); x * y|x.mul_(y); x|v = x[0]; v.mul_(y[0]); x|v = x[0]; x.mul_(y); v
v = x[0]; w = x[:, 1]; v.mul_(3); w|v = x.t(); v[0] = y[:, 0]; x|x[0] = y[1]; x|x[0] = 5; x|x[:, 1] = y[:, 0]; x
x[...] = y; x|x[:] = 2; x|x[0, 1] = y[2, 3]; x|x[[0, 1]] = y[:2]; x|x[x > 0] = 0; x|x[x > 0] = y[x > 0]; x
x[1:, [0, 2]] = y[:2, :2]; x|x[0] = y[0]; x[1] = x[0] * 2; x|x.zero_(); x + y|x.fill_(2); x + y|x.copy_(y); x
x.copy_(y[0]); x|x.fill_(y[0, 0]); x|v = x.view(12); v[3:5] = y[0, :2]; x|x.t().mul_(2); x
v = x[0].view(2, 2); v.mul_(y[0, :2]); x|v = x[1:]; w = v[0]; w.mul_(y[0]); v|v = x[1:]; w = v[0]; v.mul_(y[1:]); w
x.masked_fill_(y > 0, 1); x|x.index_put_((torch.tensor([0, 0]),), y[0], True); x|x.tril_(); x
x.scatter_(0, torch.tensor([[0, 1, 2, 0]]), y[:1]); x|x.index_add_(0, torch.tensor([0, 0]), y[:2]); x
x.index_fill_(0, torch.tensor([1]), 2.0); x|v = x.diagonal(); v.mul_(y[0, :3]); x|c = torch.zeros(3, 4); c[1] = x[0]; c
c = torch.zeros(3, 4); v = c[1]; c[1] = x[0]; v * 2|c = torch.zeros(3, 4); v = c[1]; v.copy_(x[0]); c
c = torch.zeros(4); c[:2] = x[0, :2]; c[1:3] *= x[1, :2]; c|u = x * y; u += 1; u *= x; u
x.sub_(y).mul_(y); x|x.expand(2, 3, 4).mul(2); x|x[0] += y[0]; x|x[0] *= 2; x[0, 1:] -= 1; x
v = x.t()[1:]; v[0, 1:] = y[0, :2]; x|v = x.unfold(0, 2, 1); x.mul_(y); v|v = x[0].expand(3, 4); x.mul_(y); v
d = x.detach(); d.zero_(); x._version|x.add_(1); x.add_(1); x._version - x.detach()._version
x.pow_(2); x|x.div_(y + 10); x|x.t_() if False else x.t()|x.neg_(); x
""".replace("\n", "|")

BAD = """
x[5]|x[-4]|x[0, 0, 0]|x[::-1]|x[1.0]|x['a']|x[torch.tensor([1.0])]|x[[5]]|x[:, [9]]|x[[True, False]]
x[:, 4]|x[torch.tensor([0, 1]), torch.tensor([0, 1, 2])]|x[0:3:0]|torch.tensor(1.0)[0]|x[{1}]|x[1:2.5]
x[torch.tensor([0, 1], dtype=torch.int16)]|x[torch.ones(3, 5, dtype=torch.bool)]
x[torch.ones(3, 4, 1, dtype=torch.bool)]|leaf.add_(1)|leaf[0].add_(1)|leaf.zero_()|leaf.fill_(2)
leaf.copy_(x)|i.add_(1.5)|i.mul_(2.0)|i.div_(2)|p.add_(torch.ones(2, 3, 4))|p.expand(2, 3, 4).add_(1)
x.unbind()[0].add_(1)|x.split(2)[0].add_(1)|x.chunk(2)[1].mul_(2)|p.copy_(torch.ones(5))
torch.add(p, 1, out=i)|p.fill_(torch.ones(2))|p.gather(0, torch.tensor([[5]]))|p.gather(0, torch.tensor([0]))
p.gather(0, torch.tensor([[0.0]]))|p.gather(0, torch.zeros(1, 9).long())|p.scatter(0, torch.tensor([[7]]), 1.0)
p.scatter(0, torch.tensor([[0]]), torch.ones(0, 1))|p.index_select(0, torch.tensor([9]))
p.index_select(0, torch.tensor([[0]]))|p.index_select(0, torch.tensor([0.0]))|p.take(torch.tensor([100]))
p.masked_fill(torch.ones(3, 4), 0)|p.masked_select(torch.ones(3, 4))|torch.where(p, p, p)
p.index_add(0, torch.tensor([0, 1]), p)|p.index_add(0, torch.tensor([9]), p[:1])
p.index_fill(0, torch.tensor([9]), 1)|p.repeat(2)|p.roll(1, (0, 1))|p.roll((1, 1))|p.flip(0, 0)|p.flip(5)
torch.cat([p, p[0]])|torch.cat([p, torch.ones(3, 5)])|torch.cat([])|torch.cat([p, torch.tensor(1.0)])
torch.stack([p, p[0]])|torch.stack([])|torch.cat(p)|torch.cat([p, 1])|torch.cat([p, p], 2)|p.view(5)
p.view(-1, -1)|p.view(-2)|p.t().view(12)|p.reshape(5)|p.t().view(torch.float64)|p.permute(0)|p.permute(0, 0)
p.permute(0, 2)|p.transpose(0, 2)|torch.ones(2, 2, 2).t()|torch.ones(2).mT|torch.ones(2, 2, 2).H|p.expand(2, 4)
p.expand(3)|p.expand(-1, 2, 4)|p.expand(-1, 3, 4)|p.unsqueeze(3)|p.squeeze(2)|p.narrow(0, 0, 5)
p.narrow(0, -9, 1)|p.narrow(0, 0, -1)|p.select(0, 5)|p.select(2, 0)|torch.tensor(1.0).select(0, 0)|p.split(0)
p.split([1, 1])|p.split(-1)|p.chunk(0)|p.tensor_split(0)|p.diagonal(0, 0, 0)|p.as_strided((2, 2), (100, 1))
p.as_strided((2, 2), (-1, 1))|p.as_strided((2, 2), (1,))|p.unfold(0, 5, 1)|p.unfold(0, 1, 0)
p.movedim(0, (0, 1))|p.unflatten(1, (3, 2))|p.flatten(1, 0)|p[0].tril()
p.repeat_interleave(torch.tensor([1, 2]), 0)|p.repeat_interleave(-1)|p.imag|p.view(())
p.index_put_((torch.tensor([0]),), torch.tensor(1, dtype=torch.double))
torch.ones(2).expand(2, 2).copy_(torch.ones(2, 2))|torch.add(leaf, 1, out=p)
""".replace("\n", "|")

BAD_SETS = """
leaf[0] = 1|p[0] = torch.ones(5)|p[0] = torch.ones(2, 4)|p[0] = 'a'|p[0] = [1, 2, 3, 4]|p[5] = 1
p[0] = np.ones(4)|p[[0, 1]] = torch.ones(3, 4)|p[p > 9] = torch.ones(77)|i[[0]] = torch.tensor([1.7])
p.expand(2, 3, 4)[:] = 1|v = torch.ones(1).expand(3); v[:] = torch.ones(3)
with torch.no_grad(): v = x[0]\\nv.mul_(2)
""".replace("\n", "|")


def programs(text):
    return [program.strip() for program in text.split("|") if program.strip()]


def names(library):
    x = np.sin(np.arange(12.0) * 7).astype(np.float32).reshape(3, 4)
    y = np.cos(np.arange(12.0) * 5).astype(np.float32).reshape(3, 4)
    z = np.sin(np.arange(24.0) * 3).astype(np.float32).reshape(2, 3, 4)
    leaves = [library.from_numpy(a.copy()).requires_grad_() for a in (x, y, z)]
    return leaves, {
        "torch": library,
        "np": np,
        "x": leaves[0] * 1,
        "y": leaves[1] * 1,
        "z": leaves[2] * 1,
        "leaf": library.ones(3, 4, requires_grad=True),
        "p": library.from_numpy(x.copy()),
        "i": library.ones(3, dtype=library.long),
    }


def run(library, program):
    leaves, scope = names(library)
    *statements, last = program.split(";")
    for statement in statements:
        exec(statement.strip(), scope)
    return leaves, eval(last.strip(), scope)


def gradients(library, leaves, result):
    if not (isinstance(result, library.Tensor) and result.requires_grad):
        return None
    weights = np.cos(np.arange(result.numel())).reshape(tuple(result.shape))
    weights = library.from_numpy(np.asarray(weights)).to(result.dtype)
    (result * weights).sum().backward()
    return [None if leaf.grad is None else leaf.grad.numpy() for leaf in leaves]


def same(program, compare_strides=True):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        their_leaves, theirs = run(torch, program)
        our_leaves, ours = run(rushlight, program)
    if not isinstance(theirs, torch.Tensor):
        assert ours == theirs
        return
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert str(ours.dtype) == str(theirs.dtype)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-6)
    if compare_strides:
        assert ours.stride() == theirs.stride()
    assert type(ours.grad_fn).__name__ == type(theirs.grad_fn).__name__
    expected = gradients(torch, their_leaves, theirs)
    found = gradients(rushlight, our_leaves, ours)
    assert (expected is None) == (found is None)
    for one, other in zip(found or (), expected or (), strict=True):
        # PyTorch also leaves None where a gradient is nought
        if one is None or other is None:
            assert one is None or not one.any()
            assert other is None or not other.any()
        else:
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("program", programs(GOOD))
def test_values_strides_and_gradients(program):
    same(program)


@pytest.mark.parametrize("program", programs(CHANGES))
def test_changes_in_place(program):
    same(program)


def error_of(library, program, as_statement):
    _, scope = names(library)
    program = program.replace("\\n", "\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if as_statement:
                exec(program, scope)
            else:
                eval(program, scope)
        except Exception as error:
            return type(error), str(error)
    return None, ""


@pytest.mark.parametrize("program", programs(BAD) + programs(BAD_SETS))
def test_errors(program):
    as_statement = program in programs(BAD_SETS)
    expected, words = error_of(torch, program, as_statement)
    found, ours = error_of(rushlight, program, as_statement)
    assert expected is not None
    assert found is expected, ours
    # functions that PyTorch names in front of a message ("add(): ...") are not named here
    first = words.split("\n")[0].split("(): ")[-1].rstrip(".")
    assert first.lower() in ours.lower() or ours[:40] == words[:40]
