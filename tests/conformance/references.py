"""The published code of audio networks, from packages of materials.txt, one module at a time.

Their packages ask for much that a network does not need: downloads, tokenizers, torchaudio's extension. So a package's
own `__init__` is passed over, and what a module imports beside the network stands empty.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock


@contextmanager
def published(materials: Path, name: str, *without: str) -> Iterator[ModuleType]:
    """The module `name`, with `without` in place of the modules that it can do without."""
    package, *inner = name.split(".")
    for depth in range(len(inner)):
        parent = ModuleType(".".join([package, *inner[:depth]]))
        parent.__path__ = [str(materials.joinpath(package, *inner[:depth]))]
        sys.modules[parent.__name__] = parent
    sys.modules |= {missing: MagicMock() for missing in without}
    sys.path.append(str(materials))
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(materials))
        for loaded in [loaded for loaded in sys.modules if loaded in without or loaded.split(".")[0] == package]:
            del sys.modules[loaded]
