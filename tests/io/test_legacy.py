"""Files of PyTorch before 1.6, which are no zip archives: what they hold, what is wrong with them.

May import: everything.
"""

import base64
import io
import pickle

import numpy as np
import pytest

import rushlight as torch

# torch.save({"w": w, "v": w[1], "h": torch.ones(2, dtype=torch.bfloat16)}, file,
# _use_new_zipfile_serialization=False), with w = torch.arange(6.0).reshape(2, 3), of torch 2.13
FILE = base64.b64decode(
    """
    gAKKCmz8nEb5IGqoUBkugAJN6QMugAJ9cQAoWBAAAABwcm90b2NvbF92ZXJzaW9ucQFN6QNYDQAAAGxpdHRsZV9lbmRpYW5x
    AohYCgAAAHR5cGVfc2l6ZXNxA31xBChYBQAAAHNob3J0cQVLAlgDAAAAaW50cQZLBFgEAAAAbG9uZ3EHSwR1dS6AAn1xAChY
    AQAAAHdxAWN0b3JjaC5fdXRpbHMKX3JlYnVpbGRfdGVuc29yX3YyCnECKChYBwAAAHN0b3JhZ2VxA2N0b3JjaApGbG9hdFN0
    b3JhZ2UKcQRYDgAAADk0MDEzMjMzMjY3MDA4cQVYAwAAAGNwdXEGSwZOdHEHUUsASwJLA4ZxCEsDSwGGcQmJY2NvbGxlY3Rp
    b25zCk9yZGVyZWREaWN0CnEKKVJxC3RxDFJxDVgBAAAAdnEOaAIoKGgDaARYDgAAADk0MDEzMjMzMjY3MDA4cQ9oBksGTnRx
    EFFLA0sDhXERSwGFcRKJaAopUnETdHEUUnEVWAEAAABocRZoAigoaANjdG9yY2gKQkZsb2F0MTZTdG9yYWdlCnEXWA4AAAA5
    NDAxMzIzMzM0NDQ4MHEYaAZLAk50cRlRSwBLAoVxGksBhXEbiWgKKVJxHHRxHVJxHnUugAJdcQAoWA4AAAA5NDAxMzIzMzI2
    NzAwOHEBWA4AAAA5NDAxMzIzMzM0NDQ4MHECZS4GAAAAAAAAAAAAAAAAAIA/AAAAQAAAQEAAAIBAAACgQAIAAAAAAAAAgD+A
    Pw==
    """
)


def load(data, **options):
    return torch.load(io.BytesIO(data), **options)


@pytest.mark.parametrize("weights_only", [True, False])
def test_values_dtypes_and_shared_memory(weights_only):
    loaded = load(FILE, weights_only=weights_only)
    assert loaded["w"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert loaded["h"].dtype is torch.bfloat16
    assert loaded["h"].tolist() == [1, 1]
    loaded["v"].zero_()
    assert loaded["w"].tolist() == [[0, 1, 2], [0, 0, 0]]


def test_from_a_path_and_to_the_cpu(tmp_path):
    (tmp_path / "x.pt").write_bytes(FILE)
    assert torch.load(tmp_path / "x.pt", map_location="cpu")["v"].tolist() == [3, 4, 5]
    with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
        torch.load(tmp_path / "x.pt", map_location="cuda")


def test_truncated_anywhere():
    for length in range(len(FILE)):
        with pytest.raises((pickle.UnpicklingError, RuntimeError, EOFError)):
            load(FILE[:length])


def test_the_end_is_missing():
    with pytest.raises(
        RuntimeError, match=r"unexpected EOF, expected 3 more bytes. The file might"
    ):
        load(FILE[:-3])
    with pytest.raises(RuntimeError, match="unexpected EOF, expected 2 more bytes of a length"):
        load(FILE[: -4 - 2])


def test_lengths_that_do_not_fit():
    last = FILE.rindex((6).to_bytes(8, "little"))
    with pytest.raises(RuntimeError, match="storage has wrong byte size: expected 24 got 20"):
        load(FILE[:last] + b"\x05" + FILE[last + 1 :])


def test_other_pickles():
    with pytest.raises(RuntimeError, match=r"Invalid magic number; corrupt file?"):
        load(pickle.dumps({"a": 1}, protocol=2))
    with pytest.raises(RuntimeError, match="Invalid protocol version: 1002"):
        load(FILE.replace(b"M\xe9\x03", b"M\xea\x03"))
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global: GLOBAL print"):
        load(pickle.dumps(print, protocol=2))


def test_the_other_byte_order():
    at = FILE.rindex((6).to_bytes(8, "little")) + 8
    numbers = np.frombuffer(FILE[at : at + 24], "f4").byteswap().tobytes()
    halves = np.frombuffer(FILE[-4:], "u2").byteswap().tobytes()
    data = FILE[:at] + numbers + FILE[at + 24 : -4] + halves
    data = data.replace(b"little_endianq\x02\x88", b"little_endianq\x02\x89")
    loaded = load(data)
    assert loaded["w"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert loaded["h"].tolist() == [1, 1]
