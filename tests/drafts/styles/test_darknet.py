"""Darknet's cfg files, against the sizes of the published files of weights.

A file of weights holds a header of 16 or 20 bytes and then float32s: the params and, for each channel of a batch
normalisation, a running mean and a running variance.
"""

import pytest
import torch

from netinspect.drafts.styles.darknet import STYLE
from tests.drafts.styles.written import params, read


def conv(filters, size, stride=1, activation="leaky", normalised=True):
    batch = "batch_normalize=1\n" if normalised else ""
    return f"[convolutional]\n{batch}filters={filters}\nsize={size}\nstride={stride}\npad=1\nactivation={activation}\n"


def pool(size=2, stride=2):
    return f"[maxpool]\nsize={size}\nstride={stride}\n"


def net(size=416):
    return f"[net]\n# Testing\nbatch=1\nsubdivisions=1\nwidth={size}\nheight={size}\nchannels=3\nmomentum=0.9\n"


def head(mask):
    return f"[yolo]\nmask = {mask}\nanchors = 10,14,  23,27,  37,58\nclasses=80\nnum=6\n"


SHORTCUT = "[shortcut]\nfrom=-3\nactivation=linear\n"
UPSAMPLE = "[upsample]\nstride=2\n"


def route(layers):
    return f"[route]\nlayers = {layers}\n"


YOLOV3_TINY = "".join([
    net(), conv(16, 3), pool(), conv(32, 3), pool(), conv(64, 3), pool(), conv(128, 3), pool(), conv(256, 3), pool(),
    conv(512, 3), pool(2, 1), conv(1024, 3), conv(256, 1), conv(512, 3), conv(255, 1, 1, "linear", False),
    head("3,4,5"), route("-4"), conv(128, 1), UPSAMPLE, route("-1, 8"), conv(256, 3),
    conv(255, 1, 1, "linear", False), head("0,1,2"),
])  # fmt: skip

TINY_YOLOV2_VOC = "".join([
    net(), conv(16, 3), pool(), conv(32, 3), pool(), conv(64, 3), pool(), conv(128, 3), pool(), conv(256, 3), pool(),
    conv(512, 3), pool(2, 1), conv(1024, 3), conv(1024, 3), conv(125, 1, 1, "linear", False),
    "[region]\nanchors = 1.08,1.19,  3.42,4.41\nclasses=20\nnum=5\n",
])  # fmt: skip


def bottleneck(width, *, last=True):
    """3x3, 1x1, 3x3 … of Darknet-19."""
    return conv(width, 3) + conv(width // 2, 1) + (conv(width, 3) if last else "")


DARKNET19 = "".join([
    net(224), conv(32, 3), pool(), conv(64, 3), pool(), bottleneck(128), pool(), bottleneck(256), pool(),
    conv(512, 3), conv(256, 1), conv(512, 3), conv(256, 1), conv(512, 3), pool(), conv(1024, 3), conv(512, 1),
    conv(1024, 3), conv(512, 1), conv(1024, 3), conv(1000, 1, 1, "linear", False), "[avgpool]\n",
    "[softmax]\ngroups=1\n", "[cost]\ntype=sse\n",
])  # fmt: skip


def darknet53():
    text = net() + conv(32, 3)
    for width, turns in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        text += conv(width, 3, 2) + (conv(width // 2, 1) + conv(width, 3) + SHORTCUT) * turns
    return text


def detect(width):
    return (conv(width // 2, 1) + conv(width, 3)) * 3 + conv(255, 1, 1, "linear", False)


YOLOV3 = "".join([
    darknet53(), detect(1024), head("6,7,8"), route("-4"), conv(256, 1), UPSAMPLE, route("-1, 61"), detect(512),
    head("3,4,5"), route("-4"), conv(128, 1), UPSAMPLE, route("-1, 36"), detect(256), head("0,1,2"),
])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "file_bytes", "header_bytes"),
    [
        (YOLOV3, 248_007_048, 20),
        (YOLOV3_TINY, 35_434_956, 20),
    ],
)
def test_a_file_of_weights_holds_the_params_and_the_running_means(text, file_bytes, header_bytes, tmp_path):
    model = read(STYLE.rewrite(text, None), tmp_path).build()
    running = sum(buffer.numel() for name, buffer in model.named_buffers() if "running" in name)
    assert 4 * (sum(p.numel() for p in model.parameters()) + running) + header_bytes == file_bytes


def channels(*convolutions):
    """Params of convolutions with batch normalisation: (inputs, outputs, size)."""
    return sum(inputs * outputs * size * size + 2 * outputs for inputs, outputs, size in convolutions)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        (TINY_YOLOV2_VOC, channels(*((width, 2 * width, 3) for width in (16, 32, 64, 128, 256, 512)), (3, 16, 3),
                                   (1024, 1024, 3)) + 1025 * 125),
        (DARKNET19, channels((3, 32, 3), (32, 64, 3), (64, 128, 3), (128, 64, 1), (64, 128, 3), (128, 256, 3),
                             (256, 128, 1), (128, 256, 3), (256, 512, 3), (512, 256, 1), (256, 512, 3), (512, 256, 1),
                             (256, 512, 3), (512, 1024, 3), (1024, 512, 1), (512, 1024, 3), (1024, 512, 1),
                             (512, 1024, 3)) + 1025 * 1000),
    ],
)  # fmt: skip
def test_a_cfg_has_the_params_that_its_formula_gives(text, counted, tmp_path):
    assert params(STYLE.rewrite(text, None), tmp_path) == counted


def test_the_detection_layers_name_the_outputs(tmp_path):
    rewritten = STYLE.rewrite(YOLOV3_TINY, None)
    assert rewritten.input == "[3, 416, 416]"
    shapes = [value.shape for value in read(rewritten, tmp_path).build()(torch.zeros(1, 3, 416, 416))]
    assert shapes == [(1, 255, 13, 13), (1, 255, 26, 26)]


@pytest.mark.parametrize(("size", "stride"), [(2, 1), (2, 2), (3, 1), (3, 2), (5, 1), (13, 1), (4, 2)])
@pytest.mark.parametrize("side", [13, 16])
def test_pooling_pads_as_darknet_does(size, stride, side, tmp_path):
    text = net(side) + pool(size, stride) + conv(1, 1)
    model = read(STYLE.rewrite(text, None), tmp_path).build()
    image = torch.randn(1, 3, side, side)
    left, out = (size - 1) // 2, (side - 1) // stride + 1
    padded = torch.full((1, 3, side + 2 * size, side + 2 * size), -torch.inf)
    padded[:, :, left : left + side, left : left + side] = image
    expected = torch.nn.functional.max_pool2d(padded, size, stride)[:, :, :out, :out]
    pooled = torch.nn.Sequential(*[part for part in model if "Pad" in str(part) or "Pool" in str(part)])(image)
    assert torch.equal(pooled, expected)


def test_a_route_may_take_a_group_of_channels(tmp_path):
    text = net(8) + conv(8, 3) + "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n" + conv(4, 3) + route("-1,-2")
    text += conv(2, 1, 1, "mish", False)
    assert params(STYLE.rewrite(text, None), tmp_path) == 8 * 27 + 16 + 16 * 9 + 8 + 18


def test_a_connected_layer_flattens_a_map_once(tmp_path):
    text = net(8) + conv(4, 3) + "[connected]\noutput=10\nactivation=relu\n[dropout]\nprobability=.3\n"
    rewritten = STYLE.rewrite(text + "[connected]\noutput=2\nactivation=linear\n", None)
    assert rewritten.layers[3:] == ("- Flatten", "- Linear(10)", "- ReLU", "- Dropout(0.3)", "- Linear(2)")
    assert params(rewritten, tmp_path) == 4 * 27 + 8 + 2_570 + 22


@pytest.mark.parametrize(
    "text",
    [
        net() + "[local]\nfilters=3\n",
        net() + conv(8, 3, 1, "stair"),
        net() + route("-4"),
        net() + conv(8, 3) + conv(4, 3) + "[shortcut]\nfrom=-2\n",
        net().replace("channels=3\n", "") + conv(8, 3),
        "[convolutional]\nfilters=8\n",
        "[net]\n",
        "layers: [ReLU]",
        "",
    ],
)
def test_other_texts_are_left_alone(text):
    assert STYLE.rewrite(text, None) is None


def test_sections_as_mappings_are_the_same_network():
    keys = {"batch_normalize": 1, "filters": 8, "size": 3, "stride": 1, "pad": 1, "activation": "leaky"}
    layers = [{"type": "convolutional", **keys}, {"type": "avgpool"}, {"type": "connected", "output": 5}]
    sizes = {"channels": 3, "height": 16, "width": 16}
    text = "".join(
        f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in settings.items() if key != "type")
        for name, settings in [("net", sizes), *((layer["type"], layer) for layer in layers)]
    )
    made = STYLE.rewrite("", {"net": sizes, "layers": layers})
    assert made.layers == STYLE.rewrite(text, None).layers
    assert (made.input, made.consumed) == ("[3, 16, 16]", ("net",))
    assert STYLE.rewrite("", {"layers": layers}) is None
