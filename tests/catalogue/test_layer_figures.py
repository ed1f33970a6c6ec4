"""Figures anyone can work out by hand, the arithmetic that is shown with them, and the messages people read."""

from __future__ import annotations

import pytest

from netinspect.catalogue.entry import Fault
from tests.catalogue import engine
from tests.catalogue.layer_cases import case

# --- closed figures --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "params", "macs"),
    [
        (case("Conv2d", (1, 1, 32, 32), out_channels=6, kernel_size=5), "6·(1·5·5 + 1)", "6·28·28·(1·5·5)"),
        (case("Conv2d", (1, 6, 14, 14), out_channels=16, kernel_size=5), "16·(6·5·5 + 1)", "16·10·10·(6·5·5)"),
        (case("Conv2d", (1, 3, 224, 224), out_channels=64, kernel_size=7, stride=2, padding=3, bias=False),
         "64·3·7·7", "64·3·7·7·112·112"),
        (case("Conv2d", (2, 1, 32, 32), out_channels=6, kernel_size=5), "6·(1·5·5 + 1)", "2·6·28·28·(1·5·5)"),
        (case("Conv2d", (1, 32, 8, 8), out_channels=32, kernel_size=3, padding=1, groups=32, bias=False),
         "32·(1·3·3)", "32·(1·3·3)·8·8"),
        (case("ConvTranspose2d", (1, 4, 8, 8), out_channels=6, kernel_size=4, stride=2), "6·(4·4·4 + 1)",
         "4·8·8·6·4·4"),
        (case("Linear", (1, 2048), out_features=11), "(2048 + 1)·11", "2048·11"),
        (case("Linear", (4, 7, 10), out_features=20), "(10 + 1)·20", "4·7·10·20"),
        (case("Linear", (1, 3), out_features=9, bias=False), "3·9", "3·9"),
        (case("Bilinear", (1, 8), (1, 5), out_features=3), "3·(8·5 + 1)", "8·5·3"),
        (case("Bilinear", (4, 7, 8), (4, 7, 5), out_features=3, bias=False), "3·8·5", "4·7·8·5·3"),
        (case("BatchNorm2d", (1, 64, 8, 8)), "2·64", "0"), (case("LayerNorm", (1, 16, 768)), "2·768", "0"),
        (case("Embedding", (1, 40), dtype="int64", num_embeddings=10_000, embedding_dim=100), "10000·100", "0"),
        (case("PReLU", (1, 10, 4, 4), num_parameters=10), "10", "0"), (case("RMSNorm", (1, 16, 768)), "768", "0"),
    ],
)  # fmt: skip
def test_the_arithmetic_is_shown_as_a_textbook_writes_it(one, params, macs):
    result = engine.ask(one)
    assert (str(result.params), str(result.macs)) == (params, macs)


@pytest.mark.parametrize(
    ("one", "macs"),
    [
        (case("Linear", (4, 7, 10), out_features=20), 5_600),
        (case("ConvTranspose2d", (1, 4, 8, 8), out_channels=6, kernel_size=4, stride=2), 24_576),
        (case("ConvTranspose2d", (1, 4, 8, 8), out_channels=6, kernel_size=4, stride=2, groups=2), 12_288),
        (case("Embedding", (3, 5), dtype="int64", num_embeddings=10, embedding_dim=4), 0),
        (case("Bilinear", (4, 8), (4, 5), out_features=3), 4 * 8 * 5 * 3),
    ],
)
def test_the_micro_suite_of_true_macs(one, macs):
    assert int(engine.ask(one).macs) == macs


@pytest.mark.parametrize(
    ("one", "flops"),
    [
        (case("Conv2d", (1, 1, 32, 32), out_channels=6, kernel_size=5), {"bias": 6 * 28 * 28}),
        (case("Conv2d", (1, 1, 32, 32), out_channels=6, kernel_size=5, bias=False), {}),
        (case("ReLU", (1, 6, 28, 28)), {"activation": 6 * 28 * 28}),
        (case("GLU", (1, 6, 4), dim=1), {"activation": 3 * 4}),
        (case("BatchNorm2d", (1, 4, 3, 3)), {"normalisation": 2 * 36}),
        (case("BatchNorm2d", (1, 4, 3, 3), affine=False), {"normalisation": 36}),
        (case("LayerNorm", (1, 4, 9)), {"normalisation": 5 * 36}),
        (case("GroupNorm", (1, 4, 9), num_groups=2, affine=False), {"normalisation": 4 * 36}),
        (case("InstanceNorm2d", (1, 4, 3, 3)), {"normalisation": 4 * 36}),
        (case("RMSNorm", (1, 4, 9)), {"normalisation": 4 * 36}),
        (case("MaxPool2d", (1, 6, 28, 28), kernel_size=2), {"pooling": 6 * 14 * 14 * 4}),
        (case("AvgPool2d", (1, 1, 2, 2), kernel_size=3, stride=2, ceil_mode=True), {"pooling": 4}),
        (case("AdaptiveAvgPool2d", (1, 64, 7, 7), output_size=1), {"pooling": 64 * 49}),
        (case("Upsample", (1, 2, 4, 4), scale_factor=2), {}),
        (case("Upsample", (1, 2, 4, 4), scale_factor=2, mode="bilinear"), {"elementwise": 4 * 2 * 8 * 8}),
        (case("EmbeddingBag", (2, 5), dtype="int64", num_embeddings=10, embedding_dim=3), {"elementwise": 2 * 5 * 3}),
        (case("ZeroPad2d", (1, 3, 4, 4), padding=1), {}), (case("Dropout", (1, 8)), {}),
        (case("Flatten", (1, 2, 3)), {}),
    ],
)  # fmt: skip
def test_flops_beside_macs_fall_into_buckets(one, flops):
    assert dict(engine.ask(one).flops) == flops


# --- messages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "code", "message", "help"),
    [
        (case("BatchNorm2d", (2, 400)), "E305", "BatchNorm2d needs channels×height×width, and gets 400",
         "write BatchNorm1d: the input is a row of features"),
        (case("Conv2d", (2, 28, 28), out_channels=6, kernel_size=5), "E305",
         "Conv2d needs channels×height×width, and gets 28×28",
          "write Conv1d, or give the input its channel axis: 1×28×28"),
        (case("Conv2d", (2, 3, 4, 4), out_channels=6, kernel_size=5), "E301",
         "Conv2d's kernel 5×5 is larger than its input 4×4",
          "a kernel up to 4×4 fits, or 1 more cell of padding on each side"),
        (case("MaxPool2d", (2, 3, 1, 1), kernel_size=2), "E302",
         "nothing is left of the input 1×1 under MaxPool2d's window of 2×2",
         "a window up to 1×1 fits; or leave out a stride or a pooling above"),
        (case("Conv2d", (2, 4, 9, 9), out_channels=6, kernel_size=3, groups=4), "E206",
         "groups=4 does not divide out_channels, 6",
         "groups must divide both 4 and 6: 1, 2"),
        (case("Conv2d", (2, 4, 9, 9), out_channels=6, kernel_size=3, in_channels=3), "E204",
         "in_channels=3 is stated, but the input has 4",
          "write in_channels=4, or leave it out: it is worked out from the input"),
        (case("Unflatten", (2, 12), dim=1, unflattened_size=(5, 3)), "E308",
         "5×3 does not multiply up to the axis of 12",
         "write one part as -1 to have it worked out"),
        (case("Embedding", (2, 5), num_embeddings=10, embedding_dim=3), "E306",
         "Embedding looks up whole numbers, and gets float32",
         "declare the input with `dtype: int64` and `high:`, or use Linear on features"),
    ],
)  # fmt: skip
def test_a_message_says_what_it_got_and_what_fits(one, code, message, help):
    with pytest.raises(Fault) as refusal:
        engine.ask(one)
    assert (refusal.value.code, refusal.value.message, refusal.value.help) == (code, message, help)
