"""The figures as objects: what a lecturer at a notebook relies on."""

from __future__ import annotations

import copy
import io
import json
import pickle
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

import netinspect

SPEC = """\
name: Small
input: {channels: 3, height: 12, width: 12}
layers:
  - conv: Conv2d(4, kernel_size=3)
  - ReLU
  - pool: MaxPool2d(2)
  - second: Conv2d(6, kernel_size=3)
  - Flatten
  - fc: Linear(10)
"""
SEQUENCE = "input: {time: 9, features: 5}\nlayers:\n  - rnn: LSTM(4, batch_first=True)\n  - head: Linear(3)\n"
ATTENTION = """\
input: {time: 6, features: 8}
layers:
  - attn(input, input, input): MultiheadAttention(num_heads=2, batch_first=True)
"""
FILTERS = "input: {channels: 1, time: 64}\nlayers:\n  - conv: Conv1d(6, kernel_size=9)\n  - ReLU\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("net", SPEC), ("rnn", SEQUENCE), ("attention", ATTENTION), ("filters", FILTERS)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def model():
    return netinspect.build("net.yaml", seed=3)


def pixels(image):
    return np.asarray(image.convert("RGB"))


def body(picture):
    """The pixels of a picture that are in colour, without the words above and beneath."""
    image = pixels(picture)
    rows = np.flatnonzero((np.ptp(image, axis=2) > 0).any(axis=1))
    return image[rows[0] : rows[-1] + 1]


def of_command(*arguments):
    """The pictures of the command line, by file, for the same question."""
    from netinspect.cli.main import main

    assert main(["visualize", *arguments, "-o", "out", "--force"]) == 0
    return {path.relative_to("out").as_posix(): pixels(Image.open(path)) for path in Path("out").rglob("*.png")}


def one(pictures, kind):
    return next(image for name, image in pictures.items() if name.startswith(kind))


# --- the same figures as the command's ---------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "spec", "kind"),
    [
        (netinspect.kernels, "net.yaml", "kernels/"),
        (netinspect.activations, "net.yaml", "activations/01"),
        (netinspect.strip, "net.yaml", "activations/strip"),
        (netinspect.shown_input, "net.yaml", "input"),
        (netinspect.hidden_states, "rnn.yaml", "sequence/"),
        (netinspect.attention, "attention.yaml", "attention/"),
        (netinspect.responses, "filters.yaml", "responses/"),
    ],
)
def test_a_figure_is_the_one_of_the_command(draw, spec, kind):
    image = draw(netinspect.build(spec))
    assert isinstance(image, Image.Image)
    assert np.array_equal(pixels(image), one(of_command(spec), kind))


@pytest.mark.parametrize(
    "draw",
    [netinspect.architecture, netinspect.health, netinspect.histograms, netinspect.equivariance,
     netinspect.activation_functions],
)  # fmt: skip
def test_plots_are_matplotlib_figures_that_a_notebook_shows(draw, model):
    figure = draw(model)
    assert isinstance(figure, Figure)
    shown = Image.open(io.BytesIO(figure._repr_png_()))
    assert shown.format == "PNG"
    assert len(np.unique(pixels(shown))) > 2


def test_one_output_of_a_convolution_is_worked_out(model):
    image = netinspect.convolution(model, "second:1,2,0")
    assert np.array_equal(
        pixels(image), one(of_command("net.yaml", "--unit", "second:1,2,0", "--seed", "3"), "convolution")
    )


def test_the_layer_is_chosen_by_its_path_or_a_weights_key(model):
    drawn = of_command("net.yaml", "--seed", "3")
    assert np.array_equal(pixels(netinspect.kernels(model, "second")), one(drawn, "kernels/04_second"))
    assert np.array_equal(pixels(netinspect.kernels(model, "fc.weight")), drawn["kernels/06_fc.png"])
    recurrent = netinspect.build("rnn.yaml")
    states = netinspect.kernels(recurrent, "rnn.weight_hh_l0")
    assert not np.array_equal(pixels(states), pixels(netinspect.kernels(recurrent, "rnn")))


def test_numbers_may_be_numpys_and_layers_go_by_number_too(here, model):
    netinspect.visualize(model, "out", what="kernels", max_tiles=np.int64(3), gamma=np.float32(2), seed=np.int32(0))
    look = json.loads((here / "out" / "manifest.json").read_bytes())["look"]
    assert (look["max_tiles"], look["gamma"]) == (3, 2)
    assert np.array_equal(pixels(netinspect.activations(model, 1)), pixels(netinspect.activations(model, "1")))


def test_looks_are_those_of_the_command(model):
    image = netinspect.kernels(model, "second", scale="kernel", order="norm", max_tiles=4)
    drawn = of_command("net.yaml", "--seed", "3", "--scale", "kernel", "--order", "norm", "--max-tiles", "4")
    assert np.array_equal(pixels(image), one(drawn, "kernels/04_second"))
    bright = netinspect.activations(model, "conv", gamma=2.0, clip=90.0)
    drawn = of_command("net.yaml", "--seed", "3", "--gamma", "2", "--clip", "90")
    assert np.array_equal(pixels(bright), one(drawn, "activations/01"))


# --- where weights come from -------------------------------------------------------------------


def said(tmp_path, model, **options):
    """What the gallery of a model says of its weights."""
    netinspect.visualize(model, tmp_path / "gallery", force=True, what="kernels", **options)
    return json.loads((tmp_path / "gallery" / "manifest.json").read_text(encoding="utf-8"))["figures"][0]["title"]


RANDOM = "random initialisation, seed 3: nothing learned"


def test_a_model_is_random_until_something_is_learned(here, model):
    assert said(here, model).endswith(RANDOM)
    loss = model(torch.randn(2, 3, 12, 12)).square().mean()
    loss.backward()
    assert said(here, model).endswith(RANDOM)
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert said(here, model).endswith("trained: in memory")


def test_weights_changed_by_hand_are_no_longer_random(here, model):
    model.conv.weight.data[0, 0, 0, 0] += 1
    assert said(here, model).endswith("trained: in memory")


def test_a_copy_knows_what_it_is_a_copy_of(here, model):
    assert said(here, copy.deepcopy(model)).endswith(RANDOM)
    changed = copy.deepcopy(model)
    changed.fc.weight.data.zero_()
    assert said(here, changed).endswith("trained: in memory")
    assert said(here, model).endswith(RANDOM)


def test_a_pickled_model_needs_its_network_named(model):
    loaded = pickle.loads(pickle.dumps(model))
    with pytest.raises(netinspect.InputError, match=r"give `network="):
        netinspect.kernels(loaded)
    image = netinspect.kernels(loaded, network="net.yaml")
    model.conv.weight.data += 0  # the same values: still the ones it was built with
    assert image.size[0] > 0


def test_a_pickle_of_a_model_needs_torch_alone(here):
    plain = here / "model.pt"
    torch.save(netinspect.build("filters.yaml"), plain)
    program = (
        "import sys, torch\nsys.modules['netinspect'] = None\n"
        f"print(torch.load({str(plain)!r}, weights_only=False)(torch.zeros(1, 1, 64)).shape)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert result.stdout.strip() == "torch.Size([1, 6, 56])", result.stderr


def test_any_model_with_the_networks_state_dict_is_drawn(model):
    class Mine(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.second = torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(4, 6, 3)
            self.fc = torch.nn.Linear(54, 10)

    mine = Mine()
    mine.load_state_dict(model.state_dict())
    image = netinspect.kernels(mine, "second", network="net.yaml")
    model.fc.bias.data += 1
    assert np.array_equal(pixels(image), pixels(netinspect.kernels(model, "second")))


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("wrapped", [torch.nn.DataParallel, torch.compile])
def test_a_wrapped_model_is_the_model_within(wrapped, here, model):
    assert said(here, wrapped(model)).endswith(RANDOM)
    assert np.array_equal(pixels(netinspect.kernels(wrapped(model))), pixels(netinspect.kernels(model)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_model_of_other_numbers_is_drawn_and_is_as_random_as_before(dtype, here, model):
    drawn = netinspect.activations(model)
    model.to(dtype)
    assert said(here, model).endswith(RANDOM)
    assert netinspect.activations(model).size == drawn.size
    assert isinstance(netinspect.health(model), Figure)
    assert {parameter.dtype for parameter in model.parameters()} == {dtype}
    model.conv.weight.data *= 2
    assert said(here, model).endswith("trained: in memory")


def test_a_model_made_without_gradients_has_its_health_drawn():
    with torch.inference_mode():
        model = netinspect.build("net.yaml")
    assert isinstance(netinspect.health(model), Figure)


def test_a_model_that_was_rebuilt_since_says_what_does_not_fit(model):
    model.fc = torch.nn.Linear(54, 3)
    with pytest.raises(netinspect.SpecError, match=r"`fc\.weight` is 10×54 in the network and 3×54"):
        netinspect.kernels(model)
    model.conv = torch.nn.Identity()
    with pytest.raises(netinspect.SpecError, match=r"missing in the checkpoint: `conv\.weight`"):
        netinspect.activations(model)


def test_a_state_dict_that_does_not_fit_says_what(model):
    state = {**model.state_dict(), "other.weight": torch.zeros(1)}
    with pytest.raises(netinspect.SpecError, match=r"other\.weight"):
        netinspect.kernels("net.yaml", weights=state)
    netinspect.kernels("net.yaml", weights=state, partial=True)


def test_a_checkpoint_in_memory_is_opened_as_a_file_is(model):
    wrapped = {"model": {f"module.{key}": value for key, value in model.state_dict().items()}, "epoch": 3}
    plain = netinspect.kernels("net.yaml", weights=model.state_dict())
    assert np.array_equal(np.asarray(netinspect.kernels("net.yaml", weights=wrapped)), np.asarray(plain))


def test_a_checkpoints_file_is_named(here, model):
    torch.save(model.state_dict(), "net.pt")
    assert said(here, "net.yaml", weights="net.pt").endswith("trained: net.pt")
    assert said(here, netinspect.load("net.yaml"), weights=Path("net.pt")).endswith("trained: net.pt")


def test_drawing_leaves_a_model_as_it_was(model):
    model.train()
    model.second.eval()
    state = copy.deepcopy(model.state_dict())
    for draw in (netinspect.kernels, netinspect.activations, netinspect.health, netinspect.equivariance):
        draw(model)
    assert model.training
    assert not model.second.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(state[key], value) for key, value in model.state_dict().items())
    assert not model.conv._forward_hooks


# --- what it is shown --------------------------------------------------------------------------


def test_an_array_a_tensor_and_a_file_show_the_same(model):
    array = np.random.default_rng(0).standard_normal((3, 12, 12)).astype(np.float32)
    np.save("x.npy", array)
    values = [array, array[None], torch.from_numpy(array), "x.npy", Path("x.npy"), [array]]
    bodies = [body(netinspect.activations(model, "second", input=value)) for value in values]
    assert all(np.array_equal(body, bodies[0]) for body in bodies)
    noise = body(netinspect.activations(model, "second"))
    assert noise.shape != bodies[0].shape or not np.array_equal(noise, bodies[0])


def test_a_pillow_image_goes_through_the_specs_preprocess(here):
    shape = "input: {channels: 3, height: 12, width: 12}"
    prepared = f"input: {{shape: {shape.partition(' ')[2]}, preprocess: {{resize: input}}}}"
    (here / "photo.yaml").write_text(SPEC.replace(shape, prepared), encoding="utf-8")
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8))
    picture.save("photo.png")
    model = netinspect.build("photo.yaml")
    ours = body(netinspect.activations(model, "conv", input=picture))
    assert np.array_equal(ours, body(netinspect.activations(model, "conv", input="photo.png")))


def test_a_sample_is_chosen_by_its_number(model):
    several = np.random.default_rng(0).standard_normal((4, 3, 12, 12)).astype(np.float32)
    third = netinspect.activations(model, "second", input=several, sample=3)
    alone = netinspect.activations(model, "second", input=several[2])
    assert np.array_equal(body(third), body(alone))
    with pytest.raises(netinspect.InputError, match="4 samples"):
        netinspect.activations(model, input=several, sample=5)


def test_a_sound_in_frames_has_outputs_over_time(here):
    spec = """\
input: {shape: {channels: 1, time: 64}, preprocess: {sample_rate: 8000, frame: 64, hop_length: 32}}
layers:
  - conv: Conv1d(6, kernel_size=9)
  - ReLU
  - Flatten
  - fc: Linear(5)
"""
    (here / "framed.yaml").write_text(spec, encoding="utf-8")
    sound = np.sin(np.arange(640) / 5).astype(np.float32)
    wide = netinspect.outputs_over_time("framed.yaml", input=sound)
    assert isinstance(wide, Image.Image)
    with pytest.raises(netinspect.InputError, match="no outputs over time"):
        netinspect.outputs_over_time("framed.yaml")


def test_top_inputs_of_a_model_that_learned_something(here, model):
    folder = here / "photos"
    folder.mkdir()
    for number in range(5):
        values = np.random.default_rng(number).integers(0, 256, (12, 12, 3), np.uint8)
        Image.fromarray(values).save(folder / f"{number}.png")
    with pytest.raises(netinspect.InputError, match="nothing is learned"):
        netinspect.top_inputs(model, folder)
    assert isinstance(netinspect.top_inputs(model, folder, force=True), Image.Image)
    model.conv.weight.data *= 2
    four = netinspect.top_inputs(model, folder, "second", most=4)
    assert isinstance(four, Image.Image)


# --- mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: netinspect.kernels(m, "secund"), r"no kernels of a layer `secund`; did you mean `second`\?"),
        (lambda m: netinspect.kernels(m, "xyz"), r"they are drawn of conv, second, fc$"),
        (netinspect.attention, "Small has nothing to draw attention of"),
        (lambda m: netinspect.kernels(m, weights="net.pt"), "a model has its own"),
        (lambda m: netinspect.kernels(m, scale="max"), "no scale `max`: one of layer, kernel, network"),
        (lambda m: netinspect.activations(m, input=np.zeros((3, 3))), r"\(3, 3\), and the input takes \(3, 12, 12\)"),
        (lambda m: netinspect.activations(m, input={}), "dict is no input"),
        (lambda m: netinspect.activations(m, input=[]), "the list of inputs is empty"),
        (lambda m: netinspect.activations(m, input=torch.zeros(3, 12, 12).to_sparse()), "sparse"),
        (lambda m: netinspect.activations(m, input=torch.zeros(3, 12, 12, device="meta")), "meta"),
        (lambda m: netinspect.activations(m, sample=0), r"`sample=0`: give a whole number, 1 or more"),
        (lambda m: netinspect.kernels(m, max_tiles=2.5), r"`max_tiles=2\.5`: give a whole number"),
        (lambda _: netinspect.kernels("net.yaml", seed=-1), "`seed=-1`: give a whole number, 0 or more"),
        (lambda m: netinspect.kernels("net.yaml", weights=m.state_dict(), match="place"), '"name" or "order"'),
        (lambda m: netinspect.kernels("net.yaml", weights=m), r"a state dict, model\.state_dict\(\), not Sequential"),
        (lambda m: netinspect.kernels("net.yaml", weights={"epoch": 3}), "in memory holds no tensors under epoch"),
        (lambda m: netinspect.kernels(m, network=m), "`network=` takes a spec"),
        (lambda m: netinspect.kernels(m.to("meta")), 'on the device "meta", where weights have no values'),
        (lambda m: netinspect.kernels(m.state_dict()), "OrderedDict is no network"),
        (lambda _: netinspect.kernels(None), "NoneType is no network"),
        (lambda m: netinspect.convolution(m, 3), "LAYER:CHANNEL,ROW,COLUMN"),
        (lambda m: netinspect.convolution(m, "pool:1,1,1"), "pool"),
        (lambda _: netinspect.kernels("no-such-net"), "no file and no gallery network"),
        (lambda _: netinspect.kernels(torch.nn.Linear(1, 1)), "this Linear does not say which network it is"),
    ],
)  # fmt: skip
def test_a_mistake_is_told(call, message, model):
    with pytest.raises(netinspect.InputError, match=message):
        call(model)


def test_an_unknown_option_is_a_type_error(model):
    with pytest.raises(TypeError, match="there is no option `colour`"):
        netinspect.kernels(model, colour="red")


# --- the folder --------------------------------------------------------------------------------


def test_a_gallery_of_a_model_in_memory(here, model):
    page = netinspect.visualize(model, here / "gallery")
    assert page == here / "gallery" / "index.html"
    assert "nothing learned" in page.read_text(encoding="utf-8")
    with pytest.raises(netinspect.InputError, match="not empty"):
        netinspect.visualize(model, here / "gallery")


def test_a_diagram_of_a_spec_loads_no_torch():
    program = "import sys, netinspect; netinspect.architecture('lenet'); print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert result.stdout.strip() == "False", result.stderr


@contextmanager
def default_dtype(dtype):
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    "program",
    [
        lambda: default_dtype(torch.float64),
        lambda: torch.device("meta"),
        torch.no_grad,
        torch.inference_mode,
        lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    ],
    ids=["float64", "meta", "no_grad", "inference_mode", "autocast"],
)
def test_whatever_a_program_has_set_for_torch_the_pictures_are_the_same(program, model):
    """The defaults of the program around are its own affair, and stay as they are."""
    spec = netinspect.load("lenet")
    pixels = np.asarray(netinspect.activations(spec, "conv1"))
    state = spec.build().state_dict()
    health = _rendered(netinspect.health(model))
    with program():
        before = torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled()
        assert spec.verify().agrees
        built = spec.build()
        assert np.array_equal(np.asarray(netinspect.activations(spec, "conv1")), pixels)
        assert _rendered(netinspect.health(model)) == health
        assert (torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled()) == before
    assert all(
        torch.equal(value, state[key]) and value.dtype == state[key].dtype for key, value in built.state_dict().items()
    )
    assert not any(value.is_inference() for value in built.state_dict().values())


def _rendered(figure):
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def test_one_picture_is_written_where_its_name_says_so(tmp_path):
    file = tmp_path / "new" / "arch.svg"
    assert netinspect.visualize("lenet", file, what="architecture") == file
    assert file.read_bytes().startswith(b"<svg ")
    assert list(file.parent.iterdir()) == [file]
    with pytest.raises(netinspect.InputError, match=r"arch\.svg is already there"):
        netinspect.visualize("lenet", file, what="architecture")
    assert netinspect.visualize("lenet", file, what="architecture", force=True) == file
    with pytest.raises(netinspect.InputError, match="is one picture, and this draws 14"):
        netinspect.visualize("lenet", tmp_path / "viz.png")
    assert not (tmp_path / "viz.png").exists()
