"""Arrays as .npz files: the same arrays give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray


def npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """An uncompressed archive. Every name gives one array, whatever it is called."""
    from zipfile import ZIP_STORED, ZipFile, ZipInfo

    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return stream.getvalue()
