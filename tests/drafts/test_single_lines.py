"""Lines in the words of other tools among lines of a spec, keys of other tools, and inputs in another order: what is
written in their place."""

import pytest

from tests.drafts.outcomes import followed, reading

ABOVE = "input: [1, 32, 32]\nlayers:\n  - Conv2d(8, kernel_size=3)\n  - x: ReLU\n  - MaxPool2d(1)\n  - y: ReLU\n"
BOTH = "layers:\n  - x(a): Conv2d(8, kernel_size=5)\n  - y(b): Conv2d(8, kernel_size=5)\n  - cat(x, y, dim=1)\n"


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("Conv2D: {filters: 8, kernel_size: 3, activation: relu}", ["Conv2d(8, kernel_size=3)", "ReLU"]),
        (
            "Conv2D: {filters: 8, kernel_size: 3, use_bias: no, activation: none}",
            ["Conv2d(8, kernel_size=3, bias=False)"],
        ),
        ("conv: {filters: 8, kernel: 3, bias: 'off', bn: no}", ["Conv2d(8, kernel_size=3, bias=False)"]),
        ("BatchNormalization: {scale: no, center: off}", ["BatchNorm2d(eps=0.001, momentum=0.01, affine=False)"]),
        ("Conv2D(8, 3, padding=same, activation=tanh)", ["Conv2d(8, kernel_size=3, padding=same)", "Tanh"]),
        ("conv: Conv2d(8, kernel_size=3, activation=relu)", ["conv: Conv2d(8, kernel_size=3)", "ReLU"]),
        ("Add: [x, y]", ["x + y"]),
        ("3x ReLU", ["3 * ReLU"]),
        ("cat(relu(x), softmax(y) * 2, dim=1)", ["cat(relu(x), softmax(y, dim=-1) * 2, dim=1)"]),
        ("flatten(x).relu() + flatten(y, 1)", ["flatten(x, start_dim=1).relu() + flatten(y, 1)"]),
        ("ReLU x 3", ["3 * ReLU"]),
    ],
)
def test_a_line_among_others(line, lines):
    text = f"{ABOVE}  - {line}\n  - AdaptiveAvgPool2d(1)\n  - Flatten\n"
    shown = "".join(f"  - {line}\n" for line in lines)
    assert followed(text) == f"{ABOVE}{shown}  - AdaptiveAvgPool2d(1)\n  - Flatten\n"


def test_a_name_that_others_take_stands_on_the_activation():
    text = f"{ABOVE}  - skip: Conv2D(8, 3, padding='same', activation='relu')\n  - ReLU\n  - prev + skip\n"
    assert "  - Conv2d(8, kernel_size=3, padding=same)\n  - skip: ReLU\n" in followed(text)


@pytest.mark.parametrize("line", ["conv 6 5x5", "avgpool 2x2", "Bidirectional(GRU(x))"])
def test_no_numbers_are_invented(line):
    findings = reading(f"{ABOVE}  - {line}\n").findings
    assert findings
    assert all("write" not in (finding.diagnostic.help or "") for finding in findings)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("input: [32, 32, 3]\nlayers:\n  - MaxPool2d(2)\n  - Conv2d(8, kernel_size=3)\n", "input: [3, 32, 32]\n"),
        ("input: (16000, 1)\nlayers:\n  - Conv1d(8, kernel_size=80)\n", "input: [1, 16000]\n"),
        ("input: 32x32x1\nlayers:\n  - Conv2d(8, kernel_size=5)\n", "input: [1, 32, 32]\n"),
        ("input: [null, 64, 64, 3]\nlayers:\n  - Conv2d(8, kernel_size=5)\n", "input: [3, 64, 64]\n"),
        (f"inputs:\n  a: [64, 64, 1]\n  b: {{shape: [64, 64, 1]}}\n{BOTH}",
         "inputs:\n  a: [1, 64, 64]\n  b: {shape: [1, 64, 64]}\n"),
    ],
)  # fmt: skip
def test_channels_are_brought_to_the_front(text, meant):
    assert followed(text).startswith(meant)
    assert not reading(followed(text)).is_broken


def test_sections_of_a_spec_become_sub_networks():
    text = "input: [8]\nencoder:\n  - Linear: {out_features: 4}\n\nmiddle:\n  - ReLU\ndecoder:\n  - Linear(8)\n"
    assert followed(text) == (
        "input: [8]\nlayers:\n  - encoder:\n      - Linear: {out_features: 4}\n\n"
        "  - middle:\n      - ReLU\n  - decoder:\n      - Linear(8)\n"
    )


def test_the_kind_of_a_model_is_left_out():
    text = "model: sequential\ninput: [8]\nlayers:\n  - Linear(4)\n"
    assert followed(text) == "input: [8]\nlayers:\n  - Linear(4)\n"


def test_a_layer_that_nobody_knows_is_asked_for_and_nothing_is_left_out():
    text = (
        "input: [8]\nlayers:\n  - {type: Dense, units: 4}\n  - {type: MyLayer, size: 3}\n  - {type: Dense, units: 2}\n"
    )
    (finding,) = [finding for finding in reading(text).findings if finding.severity == "error"]
    assert (finding.code, followed(text)) == ("E020", text)
    assert "`MyLayer`" in finding.diagnostic.note
    assert "- MyLayer" in finding.diagnostic.help


def test_a_line_that_would_still_be_wrong_is_not_shown():
    text = f"{ABOVE}  - Flatten\n  - Dense: {{units: 32, activation: my_act}}\n  - Dense: {{units: 3}}\n"
    helps = [finding.diagnostic.help for finding in reading(text).findings]
    assert "write `- Linear(3)`" in helps
    assert not any("my_act" in (help or "") for help in helps)
    assert followed(text).endswith("my_act}\n  - Linear(3)\n")


def sections(*names, entry="- Linear(8)"):
    return "input: [8]\n" + "".join(f"{name}:\n  {entry}\n" for name in names)


@pytest.mark.parametrize(
    ("names", "is_chain"),
    [
        ("encoder decoder", True),
        ("stem stage1 stage2 head", True),
        ("conv_layers fc_layers", True),
        ("backbone neck head", True),
        ("down1 down2 middle up1 up2 final", True),
        ("decoder encoder", False),
        ("head backbone", False),
        ("stage2 stage1", False),
        ("backbone head aux_head", False),
        ("encoder decoder classifier", False),
        ("actor critic", False),
        ("generator discriminator", False),
        ("branch1 branch2", False),
    ],
)
def test_sections_are_joined_only_where_their_names_say_their_order(names, is_chain):
    text = sections(*names.split())
    assert (followed(text) != text) == is_chain
    mapped = reading(sections(*names.split(), entry="- {type: Dense, units: 8}"))
    doubts = [finding.diagnostic.note or "" for finding in mapped.findings if finding.code == "E020"]
    assert any("are taken one after the other" in doubt for doubt in doubts) != is_chain
