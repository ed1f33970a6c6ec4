"""What other tools print: our account of it against the tools themselves.

Their cases are those of the catalogue and of the gallery, so that a new entry or network is held against the tools at
once.
"""

import os
import textwrap

import pytest
import torch

import netinspect
from netinspect import gallery_specs
from netinspect.analysis.peers import PEERS, like
from netinspect.catalogue import ENTRIES
from netinspect.errors import InputError
from netinspect.reference.examples import example_spec
from netinspect.torch_backend.build import build
from tests.analysis.peer_tools import TOOLS, printed_by
from tests.catalogue import function_cases, layer_cases, sequence_cases
from tests.catalogue.single_call import calling
from tests.catalogue.tally import LIKE, LIKE_NETWORKS, compared
from tests.catalogue.test_micro_suite import net
from tests.gallery_readings import SHORT

PROVES = "NETINSPECT_PROVE" in os.environ

UNTRACED = ("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "batch_norm")
"""fvcore may end with an error: torch traces no unpooling, and takes no parameter as running mean with gradients on."""

UNSIZED = "NestedTensorImpl doesn't support sizes"
"""torchinfo may end with this error: on the CPU a Transformer with a padding mask makes nested tensors of it."""


STACKS = ("Transformer", "TransformerDecoder", "TransformerEncoder")
FIFTH = 5
"""Of a stack of layers every fifth case is run, in which each argument and each mask varies; all in `make prove`. The
cases of its layers are those of an entry of its own."""


def cases(entry):
    """The catalogue's own cases of an entry: arguments of the constructor, and of the call, by name."""
    if entry.name in sequence_cases.CASES:
        is_sampled = entry.name in STACKS and not PROVES
        yield from sequence_cases.CASES[entry.name][:: FIFTH if is_sampled else 1]
    elif not entry.is_layer:
        yield from (({}, forward) for forward in function_cases.CASES[entry.name])
    else:
        names = [argument.name for argument in entry.forward]
        for case in layer_cases.CASES:
            if case.entry is entry and len(case.operands) <= len(names):
                yield case.given, dict(zip(names, case.operands, strict=False))


def assert_alike(network, model, inputs):
    """Each tool prints what `--like` says."""
    for tool in TOOLS:
        printed = printed_by(tool, model, inputs)
        if not ends_in_torch(tool, printed, network):
            assert like(network, tool).theirs == printed, tool


def ends_in_torch(tool, printed, network):
    """Whether a tool ends with an error of torch's that says nothing of what it counts."""
    if not isinstance(printed, Exception):
        return False
    if tool == "fvcore":
        return any(call.entry.name in UNTRACED for call in network.calls)
    return tool == "torchinfo" and UNSIZED in str(printed.__cause__)


def on_meta(network):
    """The model, and what goes in, of the meta device."""
    kinds = [item.value.type for item in network.inputs]
    inputs = [torch.empty(kind.shape, dtype=getattr(torch, kind.dtype), device="meta") for kind in kinds]
    return build(network, device="meta"), inputs


# --- every entry of the catalogue ---------------------------------------------------------------


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_the_tools_count_a_call_as_we_say(entry):
    counted = 0
    for arguments, forward in cases(entry):
        pair = calling(entry, arguments, forward)
        if pair is None:
            continue
        network, model = pair
        for tool in TOOLS:
            printed = printed_by(tool, model, model.tensors or [torch.zeros(1)])
            if ends_in_torch(tool, printed, network):
                continue
            compared(LIKE, entry.name)
            counted += 1
            assert like(network, tool).theirs == printed, (tool, arguments, forward)
    assert counted


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_the_tools_count_an_example_as_we_say(entry, batch):
    network = net(example_spec(entry), batch)
    assert_alike(network, *on_meta(network))
    compared(LIKE, entry.name, len(TOOLS))


@pytest.mark.parametrize("name", ["matmul(input, v)", "LayerNorm", "Softmax(dim=0)"])
def test_where_a_tool_ends_with_an_error_the_call_is_left_out(name):
    shapes = {"matmul(input, v)": "[6, 8]", "LayerNorm": "[1, 2, 2, 2, 8]"}
    text = f"input: {shapes.get(name, '[]')}\nparameters: {{v: [8]}}\nlayers:\n  - {name}\n"
    network = net(text if "v)" in name else text.replace("parameters: {v: [8]}\n", ""))
    assert like(network, "fvcore").theirs == 0


# --- whole networks --------------------------------------------------------------------------------


FILES = {entry.file: [other.name for other in gallery_specs.entries() if other.file == entry.file]
         for entry in gallery_specs.entries()}  # fmt: skip


def kinds(network):
    """What tells one call from another to a tool: its type, its flags, words and windows, which whole numbers are no
    defaults, and whether it is repeated. A fraction, as a momentum, is no size."""
    return {
        (call.entry.name, call.again, len(call.inputs), *(
            (argument.name, value if isinstance(value, bool | str | tuple | None) else value == argument.default)
            for argument in call.entry.arguments
            if not argument.inferred
            for value in [call.arguments.get(argument.name)]
            if not isinstance(value, float)
        ))
        for call in network.calls
    }  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_the_tools_count_the_networks_of_a_file_as_we_say(file):
    """Of the variants those that have a kind of call that none before has, which the widths and depths of others do
    not. A family is counted for three samples and a single network for one; in `make prove` all of them for both."""
    met = set()
    for name in FILES[file]:
        for batch in (3, 1) if PROVES else (1,) if len(FILES[file]) == 1 else (3,):
            network = netinspect.load(name, batch_size=batch, input_shape=SHORT.get(name)).graph
            if PROVES or not kinds(network) <= met:
                assert_alike(network, *on_meta(network))
                compared(LIKE_NETWORKS, name, len(TOOLS))
        met |= kinds(network)


WRITTEN = {
    "blocks with weights of their own and no layers": """
        input: [6, 8]
        blocks:
          Scale:
            parameters: {weight: [8], bias: [8]}
            layers:
              - input * weight + bias
          ConvScale:
            parameters: {weight: [8], gain: [8], weight_v: [8]}
            layers:
              - input * weight * gain * weight_v
        layers:
          - Scale
          - twice: 2 * [ConvScale, Linear(8)]
          - ConvScale
    """,
    "a network of parameters": """
        input: [6, 8]
        parameters: {weight: [8, 8], bias: [8]}
        layers:
          - input @ weight + bias
    """,
    "its name makes it a convolution": """
        name: Convolve it
        input: [6, 8]
        parameters: {weight: [8, 8], bias: [8]}
        layers:
          - input @ weight + bias
    """,
    "two names of one parameter": """
        input: [6, 8]
        parameters: {weight: [8], weight_b: [8]}
        layers:
          - input * weight * weight_b
        tie: {weight_b: weight}
    """,
    "a tuple of outputs": """
        input: [8, 8]
        parameters: {weight: [8]}
        layers:
          - y: input * weight
          - z: sum(y, dim=2)
        outputs: [z, y]
    """,
    "results that nothing uses": """
        input: [6, 8]
        layers:
          - a: Linear(8)
          - (input): Linear(5)
          - b: Linear(7)
    """,
    "a result of which only the size is used": """
        input: [8, 6]
        layers:
          - c: Linear(4)
          - interpolate(unsqueeze(input, 1), size=[c.shape[1], c.shape[2]], mode=bilinear)
    """,
    "layers called again": """
        input: [8, 8]
        layers:
          - a: Linear(8)
          - a(prev)
          - sub:
              - a(prev)
              - x: Linear(8)
              - a(prev)
          - (sub.x): Linear(9)
    """,
    "a product that repeats its first factor": """
        input: [3, 4]
        parameters: {w: [5, 4, 6]}
        layers:
          - matmul(input[0], w)
    """,
    "BatchNorm of the batch's own statistics": """
        input: [4, 8, 8]
        layers:
          - Conv2d(4, kernel_size=3)
          - BatchNorm2d(track_running_stats=False)
    """,
}


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_the_tools_count_what_blocks_hold_and_traces_leave_out(text, batch):
    network = net(textwrap.dedent(text), batch)
    assert_alike(network, *on_meta(network))


# --- the account -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "figure"),
    [
        ("torchvision", 1_814_073_344),
        ("fvcore", 1_819_065_856),
        ("torchinfo", 1_814_083_944),
        ("thop", 1_824_033_792),
    ],
)
def test_resnet18_on_one_machine_with_one_torch(tool, figure):
    assert like(netinspect.load("resnet18").graph, tool).theirs == figure


@pytest.mark.parametrize("tool", PEERS)
@pytest.mark.parametrize("name", ["resnet18", "unet", "gpt2", "bilstm"])
def test_the_differences_make_up_the_figure_and_none_is_empty(tool, name):
    figure = like(netinspect.load(name).graph, tool)
    assert figure.theirs - figure.ours == sum(amount for _, amount in figure.differences)
    assert all(amount for _, amount in figure.differences)


def test_a_tool_we_do_not_know_is_an_error():
    with pytest.raises(InputError, match="fvcore"):
        like(netinspect.load("lenet").graph, "keras")
