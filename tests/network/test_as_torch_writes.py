"""A spec takes what torch takes: positional calls, prefixes, operators, methods; each is the same network as in the
words of the language, and computes what torch computes."""

import pytest
import torch

import netinspect
from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.errors import SpecError
from netinspect.language import Source
from netinspect.network.load import elaborate_file, spec_file


def network(text):
    return elaborate_file(spec_file(Source("net.yaml", text)))


def on_image(*lines, head=""):
    return f"{head}input: [4, 8, 8]\nlayers:\n" + "".join(f"  - {line}\n" for line in lines)


def calls(text):
    found = network(text)
    return [
        (c.path, c.entry.name, c.arguments, [v.origin for v in c.inputs], c.forward[1:], [o.types for o in c.outputs])
        for c in found.calls
    ]


def plain(items):
    """The calls without the tensors among their operands, which are compared by their origins."""
    return [(*item[:4], _settled(item[4]), item[5]) for item in items]


def _settled(operand):
    if isinstance(operand, tuple):
        return [_settled(each) for each in operand if not hasattr(each, "origin")]
    return getattr(operand, "values", operand)


# --- operators and methods -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_torch", "as_before"),
    [
        ("a + input", "add(a, input)"),
        ("a - input", "sub(a, input)"),
        ("a * input", "mul(a, input)"),
        ("a / 2", "div(a, 2)"),
        ("2 / a", "div(2, a)"),
        ("a * 2", "mul(a, 2)"),
        ("a @ input", "matmul(a, input)"),
        ("a ** 2", "pow(a, 2)"),
        ("-a", "neg(a)"),
        ("y: a + input", "y: add(a, input)"),
        ("a.mean(1)", "mean(a, 1)"),
        ("a.flatten(1)", "flatten(a, 1)"),
        ("a.permute(0, 2, 3, 1)", "permute(a, 0, 2, 3, 1)"),
        ("a.view(a.size(0), -1)", "view(a, a.shape[0], -1)"),
        ("a.view(-1, 256)", "view(a, -1, 256)"),
        ("a.unsqueeze(dim=1)", "unsqueeze(a, dim=1)"),
        ("torch.cat([a, input], 1)", "cat(a, input, dim=1)"),
        ("torch.cat((a, input), dim=1)", "cat(a, input, dim=1)"),
        ("torch.stack([a, input], dim=1)", "stack(a, input, dim=1)"),
        ("F.relu(a)", "relu(a)"),
        ("torch.nn.functional.relu(a)", "relu(a)"),
        ("F.relu", "relu"),
        ("nn.ReLU()", "ReLU"),
        ("torch.nn.ReLU", "ReLU"),
        ("nn.Conv2d(4, 8, 3, padding=1)", "Conv2d(8, kernel_size=3, padding=1)"),
        ("a.size(1) * ReLU", "a.shape[1] * ReLU"),
        ("a.dim() * ReLU", "4 * ReLU"),
        ("relu(a).mean(dim=1)[:, 0]", "getitem"),
    ],
)
def test_both_are_the_same_calls(as_torch, as_before):
    first = "a: Conv2d(4, kernel_size=3, padding=1)"
    if as_before == "getitem":
        names = [call.entry.name for call in network(on_image(first, as_torch)).calls]
        assert names == ["Conv2d", "relu", "mean", "getitem"]
        return
    assert plain(calls(on_image(first, as_torch))) == plain(calls(on_image(first, as_before)))


@pytest.mark.parametrize(
    "text",
    [
        "a + b * input",
        "(a + b) * input",
        "a * b + input",
        "a * b",
        "a - b - input",
        "2 * a + b",
        "-a * b",
        "(a * b).sum(dim=1)",
        "(a - b).abs().mean((2, 3)) + input.mean((2, 3))",
        "a.flatten(1) @ b.flatten(1).transpose(0, 1).mean(1, keepdim=True) if False else a ** 2 / b.shape[1]",
        "a.softmax(dim=1) @ b",
        "2 * input",
        "0.5 * input",
        "2 * a.relu()",
        "2 * torch.relu(input)",
        "input.size(1) * input",
        "3 + 2 * input",
        "a - 2 * b.relu()",
        "2 * a[:, :2]",
        "2 * -input",
    ],
)
def test_the_built_model_computes_what_torch_computes(text, tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(on_image("a: Conv2d(4, kernel_size=1)", "b: Conv2d(4, kernel_size=1)", text))
    model = netinspect.build(spec).eval()
    x = torch.randn(2, 4, 8, 8)
    a = model.a(x)
    names = {"a": a, "b": model.b(a), "input": x, "torch": torch}
    assert torch.equal(model(x), eval(text, {}, names))


def test_a_product_in_a_group_stays_one():
    found = network(on_image("a: ReLU", "2 * [2 * prev, ReLU]")).calls
    assert [call.entry.name for call in found] == ["ReLU", "mul", "ReLU", "mul", "ReLU"]


@pytest.mark.parametrize("count", [1, 100])
def test_a_long_chain_is_worked_out(count):
    chain = " + ".join(["a"] * count)
    found = network(on_image("a: ReLU", chain)).calls
    assert sum(call.entry.name == "add" for call in found) == count - 1


def test_a_named_output_comes_before_a_method():
    found = network("input: [20, 6]\nlayers:\n  - lstm: LSTM(8, batch_first=True)\n  - lstm.h_n.squeeze(0)\n")
    assert [call.entry.name for call in found.calls] == ["LSTM", "squeeze"]


def test_a_line_called_like_a_prefix_is_that_line():
    found = network(on_image("F: ReLU", "Flatten", "Linear(F.shape[1])"))
    assert found.calls[-1].outputs[0].type.shape == (1, 4)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("lstm[0]", "E110"),
        ("lstm[1]", "E110"),
        ("lstm.men(1)", "E101"),
        ("lstm.relu_()", "E101"),
        ("lstm.mean", "E110"),
        ("lstm % 2", "E210"),
        ("lstm + 'a'", "E212"),
        ("lstm + None", "E212"),
        ("lstm.item()", "E113"),
        ("2 * relu(prev)", "E203"),
        ("2 * prev.relu()", "E203"),
        ("2 * lstm(prev)", "E203"),
        ("3 @ 4 + lstm", "E212"),
    ],
)
def test_what_tensors_do_not_do_is_a_mistake(line, code):
    lines = ("lstm: LSTM(8, batch_first=True)", "last: lstm.output[:, -1]", line)
    text = "input: [20, 6]\nlayers:\n" + "".join(f"  - {each}\n" for each in lines)
    with pytest.raises(SpecError) as raised:
        network(text)
    assert [found.code for found in raised.value.diagnostics] == [code]


# --- torch's own positional calls ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "as_torch", "short"),
    [
        ("[3, 32, 32]", "Conv2d(3, 16, 3, padding=1)", "Conv2d(16, kernel_size=3, padding=1)"),
        ("[3, 32, 32]", "Conv2d(3, 6, kernel_size=5)", "Conv2d(6, kernel_size=5)"),
        ("[3, 32, 32]", "Conv2d(16, 3)", "Conv2d(16, kernel_size=3)"),
        ("[16, 32, 32]", "Conv2d(16, 3, padding=1)", "Conv2d(16, kernel_size=3, padding=1)"),
        ("[16, 32, 32]", "ConvTranspose2d(16, 2, stride=2)", "ConvTranspose2d(16, kernel_size=2, stride=2)"),
        ("[64, 32, 32]", "Conv2d(64, 7, 2)", "Conv2d(7, kernel_size=2)"),
        ("[784]", "Linear(784, 128)", "Linear(128)"),
        ("[784]", "Linear(784, 128, False)", "Linear(128, bias=False)"),
        ("[50, 100]", "LSTM(100, 128, 2, batch_first=True)", "LSTM(128, num_layers=2, batch_first=True)"),
        ("[50, 100]", "GRU(128, batch_first=True)", "GRU(128, batch_first=True)"),
        ("[50, 512]", "MultiheadAttention(512, 8, batch_first=True)",
         "MultiheadAttention(num_heads=8, batch_first=True)"),
        ("[50, 512]", "TransformerEncoderLayer(512, 8, batch_first=True)",
         "TransformerEncoderLayer(nhead=8, batch_first=True)"),
        ("[64, 8, 8]", "GroupNorm(8, 64)", "GroupNorm(8)"),
        ("[64, 8, 8]", "BatchNorm2d(64, 1e-3)", "BatchNorm2d(eps=1e-3)"),
        ("[50, 64]", "LayerNorm(64)", "LayerNorm"),
    ],
)  # fmt: skip
def test_unnamed_values_are_torchs_signature_or_that_of_its_lazy_classes(shape, as_torch, short):
    def spec(line):
        return f"input: {shape}\nlayers:\n  - {line}\n"

    (one,), (other,) = network(spec(as_torch)).calls, network(spec(short)).calls
    assert (one.arguments, one.outputs[0].types) == (other.arguments, other.outputs[0].types)


ALONE = [e for e in LAYERS.values() if e.torch_signature and len(e.example_inputs) == 1 and "\n" not in e.example]


@pytest.mark.parametrize("entry", ALONE, ids=lambda entry: entry.name)
def test_as_many_values_as_torch_requires_are_torchs_own_call(entry):
    """The example of each layer, written with torch's own positional values, is the same layer."""
    (tensor,) = entry.example_inputs
    head = f"input: {{shape: {list(tensor.shape[1:])}, dtype: {tensor.dtype}}}\nlayers:\n"
    (call,) = network(f"{head}  - {entry.example}\n").calls
    needed = max(entry.torch_signature.index(name) for name in entry.required) + 1
    unnamed = entry.torch_signature[:needed]
    said = [f"{name}={value!r}" for name, value in call.arguments.items() if name not in unnamed]
    values = ", ".join([*(repr(call.arguments[name]) for name in unnamed), *said])
    (again,) = network(f"{head}  - {entry.name}({values})\n").calls
    assert again.arguments == call.arguments
    theirs = getattr(torch.nn, entry.name)(
        *(call.arguments[name] for name in unnamed),
        **{name: value for name, value in call.arguments.items() if name not in unnamed},
        device="meta",
    )
    assert sum(parameter.numel() for parameter in theirs.parameters()) == int(call.result.params)


@pytest.mark.parametrize(
    ("line", "code", "shows"),
    [
        ("Conv2d(16, 3)", "E203", ["`Conv2d(16, kernel_size=3)`", "`Conv2d(16, 3, kernel_size=…)`"]),
        ("Conv2d(16, 8)", "E203", ["`Conv2d(16, kernel_size=8)`"]),
        ("Conv2d(64, 7, 2)", "E204", ["`Conv2d(64, kernel_size=7, stride=2)`", "`Conv2d(16, 7, 2)`"]),
        ("Conv2d(3, 8, 3)", "E204", ["`Conv2d(16, 8, 3)`"]),
    ],
)
def test_what_has_two_readings_is_refused_with_both(line, code, shows):
    with pytest.raises(SpecError) as raised:
        network(f"input: [16, 32, 32]\nlayers:\n  - {line}\n")
    (found,) = raised.value.diagnostics
    assert found.code == code
    for text in shows:
        assert text in f"{found.note} {found.help}"


# --- repeats with several inputs -----------------------------------------------------------------


def test_further_inputs_of_a_repeat_go_to_every_turn(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "inputs:\n  target: [7, 8]\n  memory: [5, 8]\nblocks:\n  Layer(width)(x, memory):\n"
        "    - attend(x, memory, memory): MultiheadAttention(num_heads=2, batch_first=True)\n    - attend + x\n"
        "layers:\n  - decoder(target, memory): 3 * Layer(8)\n"
    )
    model = netinspect.build(spec).eval()
    target, memory = torch.randn(2, 7, 8), torch.randn(2, 5, 8)
    x = target
    for layer in model.decoder.children():
        x = x + layer.attend(x, memory, memory)[0]
    assert torch.allclose(model(target, memory), x, atol=1e-6)


def test_every_function_with_a_tensor_first_is_a_method():
    for name, entry in FUNCTIONS.items():
        if entry.example.startswith(f"{name}(") and len(entry.example_inputs) == 1 and not entry.example_parameters:
            (tensor,) = entry.example_inputs
            head = f"input: {{shape: {list(tensor.shape[1:])}, dtype: {tensor.dtype}}}\nlayers:\n"
            arguments = entry.example.removeprefix(name)
            if "input" in arguments or "prev" in arguments or "\n" in arguments or entry.family == "creation":
                continue
            as_method = calls(f"{head}  - input.{name}{arguments}\n")
            assert plain(as_method) == plain(calls(f"{head}  - {entry.example}\n")), name


@pytest.mark.parametrize("lines", ["[Flatten, ReLU]", "[relu, sigmoid]"])
def test_a_sub_network_of_bare_names_is_one(lines):
    assert len(network(on_image(f"stem: {lines}")).calls) == 2


@pytest.mark.parametrize(
    ("subscript", "sizes"),
    [("[rows]", (5, 4)), ("[:, rows]", (3, 5)), ("[None, ..., rows]", (1, 3, 5)), ("[rows[:3], rows[:3]]", (3,))],
)
def test_a_tensor_looks_up(subscript, sizes):
    network = netinspect.loads(
        "input: [3, 4]\nbuffers:\n  table: {values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], shape: [3, 4]}\n"
        f"  rows: {{values: [0, 2, 1, 0, 2], dtype: int64}}\nlayers:\n  - found: table{subscript}\n"
        "  - found.sum(None) + input\noutputs: {found: found, sum: prev}\n"
    )
    table, rows = torch.arange(12.0).view(3, 4), torch.tensor([0, 2, 1, 0, 2])
    found, _ = network.build()(torch.randn(2, 3, 4))
    assert torch.equal(found, eval(f"table{subscript}", {"table": table, "rows": rows}))
    assert tuple(found.shape) == sizes
    assert network.verify().agrees
