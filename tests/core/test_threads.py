"""Which kernels NumPy's BLAS uses after the import, and that what a user set stays.

May import: everything.
"""

import os
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
