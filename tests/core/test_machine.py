"""What the machine is told at import: the kernels of NumPy's BLAS, and how memory is kept.

May import: everything.
"""

import os
import platform
import subprocess
import sys

import numpy as np
import pytest

PROGRAM = """
import ctypes, numpy as np
library = ctypes.CDLL(np.linalg._umath_linalg.__file__)
name = getattr(library, "scipy_openblas_get_corename64_", None)
a = np.random.default_rng(0).random((300, 200))
before = a @ a.T
if name is not None:
    name.restype = ctypes.c_char_p
import os, rushlight
np.testing.assert_allclose(a @ a.T, before, rtol=1e-12)
wide = np._core._multiarray_umath.__cpu_features__.get("AVX512_SKX", False)
print(name and name().decode(), wide, os.environ.get("OPENBLAS_CORETYPE"))
"""


def shown(**environment):
    kept = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    output = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    if output[0] == "None":
        pytest.skip("this NumPy has another BLAS")
    return output


def test_avx512_is_used_where_it_is_there():
    core, wide, variable = shown()
    if wide == "True":
        assert core not in ("Haswell", "Zen")
    assert variable == "None"


@pytest.mark.skipif(not hasattr(np, "_core"), reason="NumPy keeps its features elsewhere")
def test_the_users_choice_stays():
    core, _, variable = shown(OPENBLAS_CORETYPE="Haswell")
    assert (core, variable) == ("Haswell", "Haswell")


FAULTS = """
import resource
import rushlight, numpy as np

def step():
    arrays = [np.ones(2**20) for _ in range(6)]
    return sum(a[0] for a in arrays)

for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_freed_memory_is_used_again():
    """Ten steps of 48 MiB would otherwise fetch 120,000 pages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    output = subprocess.check_output([sys.executable, "-c", FAULTS], env=kept, text=True)
    assert int(output) < 10_000
