"""`rushlight info`: what is installed here, in the form one pastes into a report.

One line a fact, the name first.

May import: core, version.
"""

import os
import platform
from importlib.metadata import version as package_version

import numpy

from rushlight import version
from rushlight.core import optional

__all__ = ["describe"]

# Each pip extra and the packages it brings.
EXTRAS = {
    "compile": ("llvmlite", "scipy"),
    "hdf5": ("h5py",),
    "plot": ("matplotlib",),
    "files": ("safetensors",),
    "progress": ("tqdm",),
}


def describe() -> str:
    """Versions of rushlight, its API level, Python, NumPy and BLAS; the extras; the threads."""
    facts = {
        "rushlight": version.RELEASE,
        "API level": f"PyTorch {version.API_LEVEL}",
        "Python": f"{platform.python_version()} on {platform.platform()}",
        "NumPy": f"{numpy.__version__}, BLAS {_blas()}",
        "ml_dtypes": package_version("ml_dtypes"),
        "processors": str(os.cpu_count()),
    }
    for extra, packages in EXTRAS.items():
        facts[f"[{extra}]"] = ", ".join(_installed(package) for package in packages)
    width = max(len(name) for name in facts) + 2
    return "\n".join(f"{name:{width}}{fact}" for name, fact in facts.items())


def _blas() -> str:
    blas = numpy.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()


def _installed(package: str) -> str:
    if not optional.available(package):
        return f"{package} not installed"
    return f"{package} {package_version(package)}"
