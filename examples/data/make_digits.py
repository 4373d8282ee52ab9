"""Write digits.h5, the handwritten digits that the example learns from; it was run once.

The images come from scikit-learn's copy (`pip install scikit-learn h5py`); the same input gives
the same file, byte for byte. README.md beside this file says where they were first published.
"""

from pathlib import Path

import h5py
import numpy
from sklearn.datasets import load_digits

ATTRIBUTES = {
    "title": "Optical Recognition of Handwritten Digits (its test set)",
    "creators": "E. Alpaydin and C. Kaynak, 1998",
    "source": "https://archive.ics.uci.edu/dataset/80, doi:10.24432/C50P49",
    "via": "sklearn.datasets.load_digits",
    "licence": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    "changes": "values stored as 8-bit integers; labels unchanged",
}


def main():
    digits = load_digits()
    path = Path(__file__).with_name("digits.h5")
    with h5py.File(path, "w") as file:
        file.attrs.update(ATTRIBUTES)
        # (N, 8, 8): how many of 4 x 4 pixels are inked, 0 to 16
        images = digits.images.astype(numpy.uint8)
        file.create_dataset("images", data=images, chunks=images.shape, compression="gzip")
        # (N,): which digit was meant, 0 to 9
        labels = digits.target.astype(numpy.uint8)
        file.create_dataset("labels", data=labels, chunks=labels.shape, compression="gzip")
    print(f"{path.name}: {len(labels)} digits, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
