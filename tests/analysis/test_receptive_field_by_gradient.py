"""The receptive field, by gradient: which input positions a unit of the real torch model depends on.

All weights are made positive and max pooling is made average pooling, so that no dependence is hidden by a zero or
by a maximum taken elsewhere; neither changes what a unit can see. The inputs are large enough for the unit in the
middle to see no border.
"""

import itertools

import pytest
import torch
from torch import nn

import netinspect


def averaging(model):
    """The model with every max pooling replaced by average pooling over the same windows, all weights positive."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.MaxPool2d):
                pool = nn.AvgPool2d(child.kernel_size, child.stride, child.padding, child.ceil_mode)
                setattr(parent, name, pool)
    for parameter in model.parameters():
        nn.init.constant_(parameter, 1 / max(1, parameter[0].numel()))
    return model.double().eval()


def seen(model, path, shape, units):
    """Along each axis of space, how many input positions a unit sees: the most among units beside the middle."""
    found = {}
    hook = model.get_submodule(path).register_forward_hook(lambda _module, _given, result: found.update(it=result))
    x = torch.ones(1, *shape, dtype=torch.float64, requires_grad=True)
    model(x)
    hook.remove()
    return tuple(max(sizes) for sizes in zip(*(_touched(found["it"], x, unit) for unit in units), strict=True))


def _touched(result, x, unit):
    places = tuple(size // 2 + unit for size in result.shape[2:])
    (gradient,) = torch.autograd.grad(result[(0, slice(None), *places)].sum(), x, retain_graph=True)
    touched = gradient[0].abs().sum(0) > 0
    return tuple(int(touched.sum(axis).count_nonzero()) for axis in reversed(range(touched.dim())))


@pytest.mark.parametrize(
    ("name", "shape", "units"),
    [
        ("lenet", (1, 32, 32), (0,)),
        ("cnn64", (1, 96, 96), (0,)),
        ("vgg11", (3, 192, 192), (0,)),
        ("squeezenet1_1", (3, 256, 256), (0,)),
        ("resnet18", (3, 480, 480), (0,)),
        ("logmel_cnn", (1, 112, 112), (0,)),
        ("unet", (1, 256, 256), range(-4, 4)),
    ],
)
def test_the_field_is_what_the_gradient_touches(name, shape, units):
    settings = {"base": 2} if name == "unet" else {}
    network = netinspect.load(name, input_shape=shape, settings=settings)
    totals = network.profile().totals
    assert seen(averaging(network.build()), totals.receptive_field_of, shape, units) == totals.receptive_field


IMAGE = "input: [1, 12, 16]\nlayers:\n  - conv: Conv2d(3, kernel_size=3, padding=1)\n"
SOUND = "input: {channels: 2, time: 20}\nlayers:\n  - conv: Conv1d(4, kernel_size=3)\n  - frames: transpose(1, 2)\n"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        pytest.param(f"{IMAGE}  - pool: mean(2, keepdim=True)\n", (12, 3), id="averaged over the height"),
        pytest.param(
            f"{IMAGE}  - squeeze: mean((2, 3), keepdim=True)\n  - mul: mul(conv, squeeze)\n", "global", id="gated"
        ),
        pytest.param(f"{SOUND}  - rnn: GRU(3, batch_first=True)\n", "global", id="recurrent"),
        pytest.param(f"{SOUND}  - att: MultiheadAttention(num_heads=2, batch_first=True)\n", "global", id="attention"),
        pytest.param(
            "input: [20, 4]\nlayers:\n  - Tanh\n  - rnn: LSTM(3, batch_first=True)\n", "global", id="without a window"
        ),
    ],
)
def test_the_first_map_that_sees_all_along_an_axis_is_named(text, after):
    """It is that of the last line: without it nothing is named, and with it some unit depends on all that is said."""
    network = netinspect.loads(text)
    profile = network.profile()
    assert (profile.totals.whole_field, profile.totals.whole_field_of) == (after, profile.rows[-1].path)
    before = netinspect.loads(text.rpartition("  - ")[0])
    assert before.profile().totals.whole_field is None
    x = torch.randn(1, *network.graph.inputs[0].value.type.shape[1:], dtype=torch.float64, requires_grad=True)
    result = network.build().double().eval()(x)
    space = [axis for axis, name in enumerate(network.graph.inputs[0].axes) if name not in ("channels", "features")]
    most = [0] * len(space)
    for number in result.flatten():
        (gradient,) = torch.autograd.grad(number, x, retain_graph=True)
        for position, axis in enumerate(space):
            touched = gradient[0].abs().movedim(axis, 0).flatten(1).sum(1).count_nonzero()
            most[position] = max(most[position], int(touched))
    assert most == ([x.shape[1 + axis] for axis in space] if after == "global" else list(after))


def windows():
    """Pairs of layers over time with a transposed convolution first: strides, dilations and kernels small enough to
    leave gaps."""
    for kernel, stride, dilation in itertools.product((1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)):
        first = f"ConvTranspose1d(1, kernel_size={kernel}, stride={stride}, dilation={dilation})"
        for after in ("ReLU", "Conv1d(1, kernel_size=2)", "Conv1d(1, kernel_size=3, stride=2, dilation=2)",
                      "ConvTranspose1d(1, kernel_size=2, stride=2, dilation=3)"):  # fmt: skip
            yield pytest.param(first, after, id=f"{kernel}-{stride}-{dilation}-{after}")


@pytest.mark.parametrize(("first", "after"), list(windows()))
def test_after_a_dilated_transposed_convolution_the_interval_is_what_the_gradient_spans(first, after):
    """One interval a unit, from the first to the last position that it depends on; the widest is the field."""
    network = netinspect.loads(f"input: [1, 40]\nlayers:\n  - {first}\n  - {after}\n")
    model = averaging(network.build())
    x = torch.ones(1, 1, 40, dtype=torch.float64, requires_grad=True)
    result = model(x)
    (size,) = network.profile().rows[-1].receptive_field
    length = result.shape[2]
    spans = [0]
    for place in range(length // 3, 2 * length // 3):
        (gradient,) = torch.autograd.grad(result[0, 0, place], x, retain_graph=True)
        touched = gradient[0, 0].nonzero()
        spans.append(int(touched[-1] - touched[0]) + 1 if len(touched) else 0)
    assert size == max(spans)
