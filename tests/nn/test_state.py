"""State dicts: what is in them, loading whole or not at all, hooks and extra state.

May import: everything.
"""

from collections import OrderedDict

import pytest

import rushlight as torch

nn = torch.nn


def make():
    return nn.Sequential(OrderedDict(first=nn.Linear(2, 3), second=nn.Linear(3, 1)))


def test_the_state_shares_memory():
    net = make()
    state = net.state_dict()
    assert type(state) is OrderedDict
    assert list(state) == ["first.weight", "first.bias", "second.weight", "second.bias"]
    assert list(state._metadata) == ["", "first", "second"]
    assert not any(value.requires_grad for value in state.values())
    state["first.bias"].fill_(7.0)
    assert net.first.bias.tolist() == [7.0] * 3
    assert net.state_dict(keep_vars=True)["first.bias"] is net.first.bias
    assert next(iter(net.state_dict(prefix="net."))) == "net.first.weight"


def test_there_and_back():
    a, b = make(), make()
    found = b.load_state_dict(a.state_dict())
    assert repr(found) == "<All keys matched successfully>"
    assert all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))
    assert a.first.weight is not b.first.weight
    missing, unexpected = b.load_state_dict({"zz": torch.ones(1)}, strict=False)
    assert missing == list(a.state_dict()) and unexpected == ["zz"]


def test_errors_name_every_key_and_change_nothing():
    net = make()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    wrong = {
        "first.weight": torch.zeros(3, 2),  # good, and must not be written all the same
        "first.bias": torch.zeros(4),
        "second.weight": 3,
        "first.zz": torch.zeros(1),
        "third": torch.zeros(1),
    }
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(wrong)
    assert str(caught.value) == (
        "Error(s) in loading state_dict for Sequential:\n"
        '\tMissing key(s) in state_dict: "second.bias". \n'
        '\tUnexpected key(s) in state_dict: "third", "first.zz". \n'
        "\tsize mismatch for first.bias: copying a param with shape torch.Size([4]) from "
        "checkpoint, the shape in current model is torch.Size([3]).\n"
        '\tWhile copying the parameter named "second.weight", expected torch.Tensor or '
        "Tensor-like object from checkpoint but received <class 'int'>"
    )
    for key, value in net.state_dict().items():
        assert torch.equal(value, before[key])
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like"):
        net.load_state_dict([1])


def test_assign_takes_the_tensors_themselves():
    net = make()
    given = {key: value.clone().double() for key, value in net.state_dict().items()}
    net.load_state_dict(given, assign=True)
    assert net.first.weight.dtype is torch.float64 and net.first.weight.requires_grad
    given["first.bias"].fill_(3.0)
    assert net.first.bias.tolist() == [3.0] * 3
    net.load_state_dict({k: v.float() for k, v in given.items()})  # copied: the dtype stays
    assert net.first.weight.dtype is torch.float64


def test_extra_state_and_transient_buffers():
    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.seen = 0
            self.register_buffer("cache", torch.ones(1), persistent=False)

        def get_extra_state(self):
            return {"seen": self.seen}

        def set_extra_state(self, state):
            self.seen = state["seen"]

    counter, other = nn.Sequential(Counter()), nn.Sequential(Counter())
    counter[0].seen = 5
    assert list(counter.state_dict()) == ["0._extra_state"]
    other.load_state_dict(counter.state_dict())
    assert other[0].seen == 5
    with pytest.raises(RuntimeError, match=r'Missing key.*"0\._extra_state"'):
        other.load_state_dict({})


def test_hooks():
    net = make()
    seen = []

    def renamed(module, state, prefix, *rest):
        state[f"{prefix}first.weight"] = state.pop(f"{prefix}old.weight")

    handle = net.register_load_state_dict_pre_hook(renamed)
    net.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    net.register_state_dict_pre_hook(lambda module, prefix, keep: seen.append(prefix))
    net.register_state_dict_post_hook(lambda _, state, *rest: state.__delitem__("second.bias"))
    assert list(net.state_dict()) == ["first.weight", "first.bias", "second.weight"]
    assert seen == [""]
    net.load_state_dict({"old.weight": torch.zeros(3, 2)})
    assert net.first.weight.abs().sum().item() == 0
    handle.remove()
    with pytest.raises(RuntimeError, match=r"old\.weight"):
        net.load_state_dict({"old.weight": torch.zeros(3, 2)})
