import pytest
from torch import fx, nn

import netinspect
from netinspect.errors import Span, SpecError
from netinspect.language.names import MODULE_NAMES, is_name, name_mistake

SPAN = Span(1, 1, 1, 2)


@pytest.mark.parametrize(
    "name", ["conv1", "layers", "C1", "_x", "encoder", "x" * 64, "loss", "bias", "Conv2d", "n", "y"]
)
def test_usable_names(name):
    assert name_mistake(name, SPAN) is None


@pytest.mark.parametrize(
    ("name", "note", "help"),
    [
        ("class", "Python keyword", "class_1"),
        ("input", "meaning of its own", "input_1"),
        ("steps", "meaning of its own", "steps_1"),
        ("No", "reads like", "No_1"),
        ("forward", "attribute", "forward_1"),
        ("_modules", "attribute", "_modules_1"),
        ("__class__", "Python's own", "`class_1`"),
        ("__proto__", "Python's own", "`proto`"),
        ("__train", "Python's own", "`train_1`"),
        ("__1", "Python's own", "`_1`"),
        ("____", "Python's own", "`_1`"),
        ("1st", "begins with a letter", "_1st"),
        ("my-conv", "names are made of", "my_conv"),
        ("größe", "names are made of", "gr_e"),
        ("", "no name", None),
    ],
)
def test_names_that_cannot_be(name, note, help):
    diagnostic = name_mistake(name, SPAN)
    assert diagnostic.code == "E108"
    assert note in diagnostic.note
    assert (help in diagnostic.help) if help else diagnostic.help is None


def test_a_name_has_64_characters_at_most():
    assert "65 characters" in name_mistake("x" * 65, SPAN).message


def test_every_attribute_of_torchs_modules_is_refused():
    modules = (nn.Module(), nn.Sequential(), nn.ModuleList(), fx.GraphModule(nn.Module(), fx.Graph()))
    attributes = {name for module in modules for name in dir(module)}
    assert {name for name in attributes if name_mistake(name, SPAN) is None} == set()
    assert {name for name in MODULE_NAMES if not is_name(name)} == set()


@pytest.mark.parametrize(
    ("key", "mended"),
    [("a b(first)", "a_b(first)"), ("a-b", "a_b"),
     ("state_dict(first)", "state_dict_1(first)"), ("__proto__(first)", "proto(first)")],
)  # fmt: skip
def test_a_name_is_mended_and_what_the_line_reads_stays(key, mended):
    with pytest.raises(SpecError) as failure:
        netinspect.loads(f"input: [8]\nlayers:\n  - first: Linear(8)\n  - {key}: Linear(8)\n")
    assert failure.value.diagnostics[0].help == f"write `- {mended}: Linear(8)`"
