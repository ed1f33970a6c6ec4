"""Files of a user's own Python, as modules beside those that are there already."""

import json
import os
import pickle
import sys

import pytest

from netinspect.torch_backend.custom_layers import with_custom_layers
from netinspect.torch_backend.targets import load_target

NET = """
from dataclasses import dataclass
from torch import nn
{imports}

@dataclass
class Sizes:
    width: int = {width}

class Net(nn.Linear):
    def __init__(self):
        super().__init__(Sizes().width, 1)
"""


def test_a_file_that_is_called_like_a_module_of_python_takes_nothing_from_it(tmp_path):
    (tmp_path / "json.py").write_text(NET.format(imports="", width=3))
    model = load_target(f"{tmp_path}/json.py:Net", {})
    assert sys.modules["json"] is json
    assert pickle.loads(pickle.dumps(model)).in_features == 3


@pytest.mark.parametrize("helper", ["helper.py", "helper/__init__.py"])
def test_each_file_has_the_modules_beside_it(tmp_path, helper):
    for folder, width in (("one", 3), ("two", 5)):
        place = tmp_path / folder / helper
        place.parent.mkdir(parents=True)
        place.write_text(f"WIDTH = {width}\n\ndef late():\n    import helper\n    return helper.WIDTH\n")
        file = tmp_path / folder / "layers.py"
        file.write_text(NET.format(imports="import helper", width="helper.late()"))
    files = [tmp_path / folder / "layers.py" for folder in ("one", "two", "one")]
    assert [load_target(f"{file}:Net", {}).in_features for file in files] == [3, 5, 3]
    assert all("Net" in with_custom_layers(file) for file in files)


LOUD = """
import ctypes
import os
from torch import nn

os.write(1, b"while it is imported\\n")

class Net(nn.Linear):
    def __init__(self):
        super().__init__(1, 1)
        ctypes.CDLL(None).puts(b"from C")
        os.system("echo from a process")
"""


def test_what_c_and_other_processes_print_goes_to_standard_error(tmp_path, capfd):
    (tmp_path / "loud.py").write_text(LOUD)
    load_target(f"{tmp_path}/loud.py:Net", {})
    os.write(1, b"a document")
    shown = capfd.readouterr()
    assert shown.out == "a document"
    assert sorted(shown.err.splitlines()) == ["from C", "from a process", "while it is imported"]
