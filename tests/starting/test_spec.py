"""Whatever size of input is asked for, what is started is a right spec: it elaborates, meets its own `expect`, and
there is nothing to warn of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.analysis.profile import profile
from netinspect.errors import InputError
from netinspect.findings import examine
from netinspect.language import Source
from netinspect.network.load import elaborate_file, spec_file
from netinspect.starting.kinds import KINDS
from netinspect.starting.spec import started
from netinspect.torch_backend.verify import verify

CLASSIFIERS = [name for name, kind in KINDS.items() if kind.classes is not None]
LONGEST = {1: 20_000, 2: 50_000, 3: 700, 4: 64}
"""The longest side that is tried, by the number of sizes: a long sound, a photograph, a volume."""


@st.composite
def requests(draw):
    """A kind and sizes that it takes. The channels are fewest, as in the inputs that nobody takes for turned around."""
    name = draw(st.sampled_from(list(KINDS)))
    rank = draw(st.sampled_from(list(KINDS[name].takes)))
    if rank == 1:
        return name, (draw(st.integers(2, LONGEST[1])),)
    channels = draw(st.integers(1, 6))
    sides = st.one_of(st.integers(5, 20), st.integers(5, LONGEST[rank]), st.sampled_from((8, 16, 32, 64)))
    return name, (channels, *(draw(sides) for _ in range(rank - 1)))


def worked_out(text):
    """The network of a spec, and all that is to be said of it."""
    file = spec_file(Source("net.yaml", text))
    network = elaborate_file(file)
    return network, examine(network, profile(network), file, strict=True).findings


@given(requests(), st.sampled_from((1, 2, 11, 1000)))
def test_every_spec_is_right_and_short(request, classes):
    name, sizes = request
    text = started(name, sizes=sizes, classes=classes if name in CLASSIFIERS else None)
    network, findings = worked_out(text)
    assert findings == ()
    assert network.expect is not None
    assert network.inputs[0].value.type.shape[1:] == sizes
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 110
    (output,) = (value.type.shape[1:] for _, value in network.outputs)
    expected = {
        "autoencoder": sizes,
        "unet": (classes, *sizes[1:]),
        "crnn": (sizes[-1], classes),
    }
    assert output == expected.get(name, (classes,))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("side", range(1, 10))
def test_small_inputs_do_not_break(name, side):
    for rank in KINDS[name].takes:
        sizes = (side,) if rank == 1 else (1, *(side for _ in range(rank - 1)))
        if (name, side) in (("unet", 1), ("autoencoder", 1)) or (side in (2, 3, 4) and sizes[-1] < sizes[0]):
            continue
        if rank == 4 and side > 1:  # 1×9×9×9 looks like a batch of one picture only where the second size is 1, 3 or 4
            sizes = (2, *sizes[1:])
        assert worked_out(started(name, sizes=sizes))[1] == ()


@pytest.mark.parametrize("name", KINDS)
def test_defaults_fit_a_terminal(name):
    assert max(map(len, started(name).splitlines())) <= 82


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        *((name, None) for name in KINDS),
        ("cnn", (1, 16_000)),
        ("cnn", (2, 9, 20, 33)),
        ("resnet", (3, 97, 150)),
        ("transformer", (50,)),
        ("unet", (3, 65, 100)),
        ("autoencoder", (2, 37, 50)),
        ("autoencoder", (30,)),
    ],
)
def test_torch_agrees(name, sizes):
    network, _ = worked_out(started(name, sizes=sizes))
    assert verify(network).agrees


def test_sizes_in_comments_are_those_of_the_layers():
    text = started("unet", sizes=(1, 20, 36))
    assert "- enc2: Double(32)  " in text
    assert "# 32 x 10 x 18" in text


def test_an_odd_image_is_cropped_on_the_way_up_and_an_even_one_is_not():
    assert "crop_like" in started("unet", sizes=(1, 65, 100))
    assert "crop_like" not in started("unet", sizes=(1, 64, 100))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cnn", {"sizes": (784,)}, "--input 784: cnn takes `channels, time` or"),
        ("crnn", {"sizes": (64, 100)}, "crnn takes `channels, mel, time`"),
        ("cnn", {"sizes": (64, 64, 3)}, "write `--input 3,64,64`"),
        ("autoencoder", {"classes": 3}, "--classes is for networks that classify"),
        ("autoencoder", {"sizes": (1,)}, "the input is one number"),
        ("unet", {"sizes": (3, 1, 1)}, "there is one cell only"),
        ("cnn", {"words": 9}, "--words is for `transformer`"),
        ("transformer", {"words": 9}, "--words is for `transformer`"),
        ("mlp", {"name": "a\nb"}, "--name: a name is text on one line"),
        ("mlp", {"name": " "}, "--name: a name is text on one line"),
        ("mlp", {"sizes": (2**31 - 1, 2**31 - 1)}, "mlp --input 2147483647,2147483647:"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(name, options, message):
    with pytest.raises(InputError) as refused:
        started(name, **options)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "title", ["Sound events", "a: b # c", 'says "x"', "- net", "on", "12", "null", "Größe: 3×3", "\\"]
)
def test_any_name_is_kept_as_it_is(title):
    assert worked_out(started("mlp", name=title))[0].name == title
