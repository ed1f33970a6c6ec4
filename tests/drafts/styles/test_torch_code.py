"""Torch code as people paste it: the rewritten spec computes what the code computes."""

from __future__ import annotations

import collections
import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  torch's own name for it
from torch import nn

from netinspect.drafts.styles.torch_code import STYLE
from tests.drafts.styles.assembling import built, flat, spec_text, take_weights
from tests.drafts.styles.programs import LINES, PROGRAMS, Lines, Program


@pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_the_spec_computes_what_the_code_computes(program: Program) -> None:
    rewritten = STYLE.rewrite(program.source, None)
    assert rewritten is not None
    text = spec_text(rewritten, program.inputs)
    model = built(text)
    names: dict[str, object] = {"torch": torch, "nn": nn, "F": F, "math": math, "OrderedDict": collections.OrderedDict}
    names["__name__"] = "pasted"
    torch.manual_seed(0)
    exec(program.source, names)  # the test's own text
    original = eval(program.make, names)
    assert isinstance(original, nn.Module)
    for parameter in original.parameters():
        if parameter.numel() and not parameter.any():
            nn.init.normal_(parameter)
    take_weights(model, original, keys_agree=program.keys_agree)
    model.eval()
    original.eval()
    with torch.no_grad():
        theirs = flat(original(*program.samples()))
        ours = flat(model(*program.samples(batch_first=True)))
    if program.time_first:
        theirs = [tensor.transpose(0, 1) if tensor.ndim > 2 else tensor for tensor in theirs]
    if program.no_batch:
        theirs = [tensor[None] for tensor in theirs]
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("lines", LINES, ids=lambda lines: lines.name)
def test_lines_without_a_class(lines: Lines) -> None:
    rewritten = STYLE.rewrite(lines.source, None)
    assert rewritten is not None
    model = built(spec_text(rewritten, lines.inputs))
    names: dict[str, object] = {"torch": torch, "nn": nn, "F": F}
    exec(lines.original, names)  # the test's own text
    original = names["Wrapped"]()  # type: ignore[operator]
    take_weights(model, original, keys_agree=False)
    sample = torch.randn(lines.shape)
    model.eval()
    original.eval()
    with torch.no_grad():
        torch.testing.assert_close(model(sample), original(sample), rtol=1e-4, atol=1e-4)


def test_definitions_alone_are_taken_in_order_and_said_to_be() -> None:
    rewritten = STYLE.rewrite(
        "self.conv1 = nn.Conv2d(1, 6, 5)\nself.pool = nn.MaxPool2d(2)\nself.conv2 = nn.Conv2d(6, 16, 5)", None
    )
    assert rewritten is not None
    assert rewritten.layers == ("- conv1: Conv2d(1, 6, 5)", "- pool: MaxPool2d(2)", "- conv2: Conv2d(6, 16, 5)")
    assert "order in which they are defined" in (rewritten.note or "")


def test_a_parameter_that_the_code_gives_no_value_is_named_in_the_note() -> None:
    source = net("return self.head(self.fc(x))", "self.head = nn.Linear(8, num_classes)", ", num_classes")
    rewritten = STYLE.rewrite(source, None)
    assert rewritten is not None
    assert rewritten.vars == ("num_classes: 10",)
    assert "the code does not say num_classes (10)" in (rewritten.note or "")


def test_a_layer_that_forward_never_calls_is_named_in_the_note() -> None:
    rewritten = STYLE.rewrite(net("return self.fc(x)", "self.other = nn.Linear(8, 2)"), None)
    assert rewritten is not None
    assert rewritten.layers == ("- fc: Linear(8, 8)",)
    assert "`other` is never called" in (rewritten.note or "")


def test_the_input_is_that_of_a_call_below_the_class() -> None:
    below = "model = Net()\nx = torch.randn(4, 3, 8)\nprint(model(x).shape)\n"
    rewritten = STYLE.rewrite(net("return self.fc(x)") + below, None)
    assert rewritten is not None
    assert rewritten.input == "[3, 8]"


CLASS = """
class Net(nn.Module):
    def __init__(self{parameters}):
        super().__init__()
        self.fc = nn.Linear(8, 8)
{definitions}
    def forward(self, x):
{forward}
"""


def net(forward: str, definitions: str = "", parameters: str = "") -> str:
    def indented(text: str) -> str:
        return "\n".join(f"        {line}" for line in text.splitlines())

    return CLASS.format(parameters=parameters, definitions=indented(definitions), forward=indented(forward))


FOLLOWED = {
    "a list under two names": net(
        "return self.seq(self.fc(x))",
        "a = [nn.Linear(8, 8)]\nb = a\nb += [nn.ReLU()]\nself.seq = nn.Sequential(*a)",
    ),
    "an item taken out of a list": net(
        "return self.seq(self.fc(x))", "a = [nn.Linear(8, 8), nn.ReLU()]\ndel a[-1]\nself.seq = nn.Sequential(*a)"
    ),
    "a function made in a loop": net(
        "for f in self.fs:\n    x = f(x)\nreturn self.fc(x)", "self.fs = [lambda t: t * i for i in range(1, 4)]"
    ),
    "a loop with a known end": net(
        "return self.seq(self.fc(x))",
        "a, n = [], 3\nwhile n:\n    a.append(nn.Linear(8, 8))\n    n -= 1\nself.seq = nn.Sequential(*a)",
    ),
    "layers by name": net(
        "for i in range(2):\n    x = getattr(self, f'l{i}')(x)\nreturn self.fc(x)",
        "for i in range(2):\n    setattr(self, f'l{i}', nn.Linear(8, 8))",
    ),
    "hstack": net("return torch.hstack([self.fc(x), x])"),
    "work in place by a function": net("y = self.fc(x)\nz = F.hardswish(y, inplace=True)\nreturn z + y"),
    "work in place through a dict": net("d = {'h': self.fc(x)}\ny = d['h']\nd['h'] += 2\nreturn y * d['h']"),
    "work in place through a list": net("a = self.fc(x)\nl = [a] * 2\nl[0] *= 2\nreturn l[1] + a"),
    "a default that was there when the function was made": net(
        "k = 2\nf = lambda t, k=k: t * k\nk = 5\nreturn f(self.fc(x))"
    ),
    "a reduction with its keepdim in order": net("return torch.sum(self.fc(x), 1, True)"),
    "an initialisation that makes a layer": net(
        "return self.fc(x)",
        "self.init_head()",
    )
    + "    def init_head(self):\n        self.fc = nn.Linear(8, 3)\n",
    "work in place on a view that goes on alone": net("y = self.fc(x).view(x.size(0), 8)\ny += x\nreturn y * x"),
    "a view of what a GRU gives": net(
        "y = self.fc(self.gru(x.view(x.size(0), 2, 4))[0].contiguous().view(-1, 8))\nreturn y.view(x.size(0), -1)",
        "self.gru = nn.GRU(4, 8, batch_first=True)",
    ),
}


@pytest.mark.parametrize("source", FOLLOWED.values(), ids=FOLLOWED)
def test_python_is_followed_as_python_does(source: str) -> None:
    rewritten = STYLE.rewrite(source, None)
    assert rewritten is not None
    model = built(spec_text(rewritten, ["[8]"])).eval()
    names: dict[str, object] = {"torch": torch, "nn": nn, "F": F}
    exec(source, names)  # the test's own text
    original = names["Net"]()  # type: ignore[operator]
    take_weights(model, original, keys_agree=True)
    sample = torch.randn(3, 8)
    with torch.no_grad():
        torch.testing.assert_close(model(sample), original(sample), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("forward", "said"), [("self.fc(x)", False), ("self.fc(x.flatten(1))", True)])
def test_the_dim_of_softmax_is_said_where_torch_certainly_takes_it(forward: str, said: bool) -> None:
    rewritten = STYLE.rewrite(net(f"return F.softmax({forward})"), None)
    assert rewritten is not None
    assert rewritten.layers[-1] == ("- Softmax(dim=1)" if said else "- Softmax")


TWICE = """
class B(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(8, 8)
        self.b = nn.Linear(8, 8)
        self.turn = 0
    def forward(self, x, y=None, z=None):
        self.turn += {step}
        if self.turn == 2:
            return self.b(x)
        if y is not None:
            x += y
        return self.a(x) if z is None else self.b(x) * z

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = B()
    def forward(self, x):
        return {result}
"""

UNTOLD = {
    "weights that an initialisation ties": net(
        "return self.b(self.fc(x))", "self.b = nn.Linear(8, 8)\nself.init_weights()"
    )
    + "    def init_weights(self):\n        self.b.weight = self.fc.weight\n",
    "modules that apply changes": net("return self.fc(x)", "self.apply(self.strip)")
    + "    def strip(self, m):\n        m.bias = None\n",
    "modules that a walk changes": net("return self.fc(x)", "for m in self.modules():\n    m.bias = None"),
    "a hook on a layer": net("return self.fc(x)", "self.fc.register_forward_hook(print)"),
    "a hook on a layer of a network": net("return self.fc(x)")
    + "model = Net()\nmodel.fc.register_forward_hook(print)\n",
    "another forward": net("return self.fc(x)", "self.forward = self.other")
    + "    def other(self, x):\n        return x\n",
    "another forward of a class": net("return self.fc(x)") + "Net.forward = lambda self, x: x\n",
    "a call beside forward": net("return self.fc(x)")
    + "    def __call__(self, x):\n        return self.forward(x) * 2\n",
    "out=": net("a = self.fc(x)\ntorch.add(a, 1, out=a)\nreturn a"),
    "a default that two objects share": net("return self.b(self.a(x))", "self.a = B()\nself.b = B()").replace(
        "\nclass Net",
        "\nclass B(nn.Module):\n    def __init__(self, act=nn.PReLU()):\n        super().__init__()\n"
        "        self.act = act\n    def forward(self, x):\n        return self.act(x)\n\nclass Net",
    ),
    "a number that a call changes": net("y = self.fc(x) * self.s\nself.s = 3\nreturn y", "self.s = 2"),
    "a name that goes to another layer": net(
        "return self.b(x) - self.fc(x)", "self.b = self.fc\nself.fc = nn.Linear(8, 8)"
    ),
    "all axes turned": net("return self.fc(x).view(x.size(0), 2, 4).T"),
    "F.unfold": net("return F.unfold(self.fc(x).view(x.size(0), 1, 2, 4), 2, 1, 1)"),
    "a list that doubles": net("l = [x]\nfor i in range(40):\n    l = l + l\nreturn self.fc(l[0])"),
    "a text that doubles": net("s = 'a'\nfor i in range(40):\n    s = f'{s}{s}'\nreturn self.fc(x)"),
    "a module that counts its calls": TWICE.format(step=1, result="self.l(self.l(x))"),
    "a module that is called with other inputs": TWICE.format(step=0, result="self.l(self.l(x, x * 2), None, x)"),
    "one tensor twice, of which one is changed": TWICE.format(step=0, result="self.l(x, x)"),
    "a view that is changed": net("y = self.fc(x)\nz = y.view(x.size(0), 8)\nz += 1\nreturn y * z"),
    "a piece that is changed": net("y = self.fc(x)\na, b = y.chunk(2, 1)\na += b\nreturn y"),
    "a layer that is put into a network": net("return self.fc(x)", "self.seq = nn.Sequential(nn.ReLU(), nn.ReLU())")
    + "model = Net()\nmodel.seq[1] = nn.Linear(8, 4)\n",
    "a layer that a method puts into a network": net("return self.seq(x)", "self.seq = nn.Sequential(nn.ReLU())")
    + "model = Net()\nif torch.cuda.is_available():\n    model.seq.append(nn.Linear(8, 4))\n",
    "any number of sizes": net("return self.seq(x)", "self.seq = nn.Sequential(*map(Layer, sizes))", ", *sizes"),
    "a forward that depends on data": net("if x.sum() > 0:\n    x = self.fc(x)\nreturn x"),
    "a loop over the length": net("for t in range(x.size(1)):\n    x = self.fc(x)\nreturn x"),
    "while": net("while True:\n    x = self.fc(x)\nreturn x"),
    "a module that is not defined": net("return self.fc(self.pe(x))", "self.pe = PositionalEncoding(768)"),
    "a buffer that is used": net("return self.fc(x) + self.pe", "self.register_buffer('pe', torch.zeros(8))"),
    "random numbers": net("return self.fc(x + torch.randn_like(x))"),
    "a parameter without a value": net("return self.fc(x)", "self.a = nn.Linear(spam, 3)", ", spam"),
    "a hook": net("return self.fc(x)", "self.fc.register_forward_hook(hook)"),
    "weight norm": net("return self.fc(x)", "self.fc = nn.utils.weight_norm(nn.Linear(3, 3))"),
    "tied weights": net("return self.fc(x)", "self.other = nn.Linear(8, 8)\nself.other.weight = self.fc.weight"),
    "sum over everything": net("return self.fc(x).sum()"),
    "torchvision": net("return self.backbone(x)", "self.backbone = models.resnet18(pretrained=True)"),
    "a layer that is made in forward": net("return nn.Linear(8, 8)(self.fc(x))"),
    "a layer that forward gives a name": net("self.g = nn.Linear(8, 8)\nreturn self.g(self.fc(x))"),
    "work in place on what the caller goes on with": """
class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.act = nn.ReLU(inplace=True)
    def forward(self, x):
        return self.fc(self.act(x))

class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()
    def forward(self, x):
        return x + self.inner(x)
""",
    "attention over the batch": net(
        "out, _ = self.gru(x)\nw = torch.softmax(self.fc(out), dim=1)\nreturn (w * out).sum(dim=1)",
        "self.gru = nn.GRU(8, 8)",
    ),
    "layers that do not exist": "x = F.relu(self.bn1(self.conv1(x)))",
    "no network": "import torch\nprint(torch.__version__)",
    "no torch": "layers:\n  - conv1: Conv2d(6, kernel_size=5)\n",
    "packed sequences": net("return self.fc(nn.utils.rnn.pack_padded_sequence(x, lengths))"),
    "numpy in between": net("return torch.from_numpy(np.abs(self.fc(x).numpy()))"),
    "in place on a slice": net("x[:, 0] = 0\nreturn self.fc(x)"),
    "a call of eval": net("return eval('self.fc(x)')"),
    "a shared layer with two names": net(
        "return self.b(self.fc(x))", "self.a = nn.Sequential(self.fc)\nself.b = self.a"
    ),
    "several matrices": net("return self.fc(x)[mask]"),
}


@pytest.mark.parametrize("source", UNTOLD.values(), ids=UNTOLD)
def test_what_cannot_be_followed_is_not_rewritten(source: str) -> None:
    rewritten = STYLE.rewrite(source, None)
    assert rewritten is None or not rewritten.layers


UNSAID = net("return self.fc(x)", "self.a = nn.Linear(spam, 3)", ", spam")


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        (net("return self.fc(self.pe(x))", "self.pe = Positions(768)"), 6, "`Positions` is not defined"),
        (net("if x.sum() > 0:\n    x = self.fc(x)\nreturn x"), 8, "is known only when it runs"),
        (UNSAID, 2, "add a line that makes one, `model = Net(…)`"),
        (UNSAID + "def small():\n    return Net(eggs)\n", 10, "`eggs` is not defined"),
    ],
)
def test_the_line_that_cannot_be_followed_is_told(source: str, line: int, words: str) -> None:
    rewritten = STYLE.rewrite(source, None)
    assert rewritten is not None
    assert rewritten.stuck is not None
    assert rewritten.stuck[0] == line
    assert words in rewritten.stuck[1]


FACTORY = net("return self.fc(x)", "self.head = nn.Linear(8, width)", ", width").replace("self.fc(x)", "self.head(x)")


def test_a_network_that_a_function_makes_is_taken() -> None:
    rewritten = STYLE.rewrite(f"{FACTORY}\ndef small():\n    return Net(3)\n", None)
    assert rewritten is not None
    assert rewritten.vars == ("width: 3",)
    several = STYLE.rewrite(f"{FACTORY}\ndef small():\n    return Net(3)\n\ndef large():\n    return Net(9)\n", None)
    assert several is not None
    assert several.vars == ("width: 3",)
    assert "this is `small`; others are `large`" in (several.note or "")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (net("return self.fc(x)", "self.fc.weight.requires_grad = False"), "under `frozen:`"),
        (net("return F.dropout(self.fc(x), 0.5)"), "drops in use"),
        (net("return self.fc(x) * 2 if self.training else self.fc(x)"), "while it trains"),
        (net("return self.seq[0](x)", "self.seq = nn.ModuleList([nn.Linear(8, 8), nn.Linear(8, 8)])"), "`seq.1`"),
    ],
)
def test_what_a_spec_leaves_out_of_the_code_is_told(source: str, words: str) -> None:
    rewritten = STYLE.rewrite(source, None)
    assert rewritten is not None
    assert words in (rewritten.note or "")


def test_an_idle_layer_of_a_block_is_named() -> None:
    inner = net("return self.fc(x)", "self.idle = nn.Linear(8, 8)").replace("Net", "Inner")
    rewritten = STYLE.rewrite(inner + net("return self.fc(self.inner(x))", "self.inner = Inner()"), None)
    assert rewritten is not None
    assert "`idle` of a `Inner` is never called" in (rewritten.note or "")


def test_nothing_of_the_text_is_run(tmp_path) -> None:
    trace = tmp_path / "trace"
    STYLE.rewrite(
        f"import os\nopen({str(trace)!r}, 'w')\n" + net(f"open({str(trace)!r}, 'w')\nreturn self.fc(x)"), None
    )
    assert not trace.exists()


@pytest.mark.parametrize(
    "source",
    [
        "self.x = nn.Linear(" * 500,
        net("return self.fc(x)", "for i in range(10000):\n    for j in range(10000):\n        a = i + j"),
        net("return self.fc(x)", "a = 9 ** 9 ** 9 ** 9"),
        net("return self.f(x)") + "    def f(self, x):\n        return self.f(x)\n",
        "nn.Linear(" + "(" * 5000 + "1" + ")" * 5000 + ", 2)",
    ],
    ids=["nesting", "long loops", "large numbers", "endless calls", "brackets"],
)
def test_hostile_texts_end_soon(source: str) -> None:
    rewritten = STYLE.rewrite(source, None)
    assert rewritten is None or not rewritten.layers
