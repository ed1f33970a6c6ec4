"""Habits of other languages and tools, one a test: the draft, and the spec after its messages were followed once."""

import pytest

from tests.drafts.outcomes import figures, followed, reading

IMAGE, GREY, STEPS = "[3, 32, 32]", "[1, 28, 28]", "[16, 64]"


def layers(*lines, input=IMAGE, more=""):
    return f"input: {input}\n{more}layers:\n" + "".join(f"  - {line}\n" for line in lines)


CONV = "Conv2d(8, kernel_size=3)"
HABITS = {
    "a slip in a var": (
        layers("Linear(hidden)", input="[32]", more="vars: {hiden: 64}\n"),
        layers("Linear(hiden)", input="[32]", more="vars: {hiden: 64}\n"),
    ),
    "units and layers of an LSTM": (
        layers("LSTM(32, 2, batch_first=True)", input=STEPS),
        layers("LSTM(32, num_layers=2, batch_first=True)", input=STEPS),
    ),
    "maps before an LSTM": (
        layers(CONV, "LSTM(32, batch_first=True)"),
        layers(CONV, "permute(0, 3, 1, 2).flatten(2)", "LSTM(32, batch_first=True)"),
    ),
    "two keys in one entry": (
        layers("conv1: Conv2d(8, kernel_size=3)\n    bn1: BatchNorm2d\n    relu: ReLU"),
        layers(f"conv1: {CONV}", "bn1: BatchNorm2d", "relu: ReLU"),
    ),
    "a printed model": (
        layers("(conv1): Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1))", "(relu): ReLU()"),
        layers("conv1: Conv2d(3, 64, 3)", "relu: ReLU"),
    ),
    "names of no tool": (
        layers("Conv(8, 3)", "BN", "GAP", "FC(10)"),
        layers(CONV, "BatchNorm2d", "AdaptiveAvgPool2d(1)", "Flatten", "Linear(10)"),
    ),
    "concat": (
        layers("a: Conv2d(8, kernel_size=1)", "b(input): Conv2d(8, kernel_size=1)", "concat(a, b)"),
        layers("a: Conv2d(8, kernel_size=1)", "b(input): Conv2d(8, kernel_size=1)", "cat(a, b, dim=1)"),
    ),
    "a row of an image": (
        layers("Linear(784, 128)", input=GREY),
        layers("Flatten", "Linear(784, 128)", input=GREY),
    ),
    "a row of an image by name": (
        layers("Linear(in_features=784, out_features=128)", input=GREY),
        layers("Flatten", "Linear(in_features=784, out_features=128)", input=GREY),
    ),
    "a row of a map": (layers(CONV, "Linear(7200, 10)"), layers(CONV, "Flatten", "Linear(7200, 10)")),
    "channels last": (
        layers("Conv2d(3, 8, 3)", input="[224, 224, 3]"),
        layers("Conv2d(3, 8, 3)", input="[3, 224, 224]"),
    ),
    "channels last, one of them": (layers(CONV, input="[64, 64, 1]"), layers(CONV, input="[1, 64, 64]")),
    "the batch": (layers(CONV, input="[32, 1, 28, 28]"), layers(CONV, input=GREY)),
    "a batch of one": (layers(CONV, input="[1, 3, 224, 224]"), layers(CONV, input="[3, 224, 224]")),
    "the batch as None": (layers(CONV, input="[None, 3, 224, 224]"), layers(CONV, input="[3, 224, 224]")),
    "the batch by name": (layers(CONV, input="[batch, 3, 224, 224]"), layers(CONV, input="[3, 224, 224]")),
    "no channel of a sound": (
        layers("Conv1d(8, kernel_size=3)", input="[16000]"),
        layers("Conv1d(8, kernel_size=3)", input="[1, 16000]"),
    ),
    "no channel of an image": (layers(CONV, input="[28, 28]"), layers(CONV, input=GREY)),
    "sizes joined by x": (layers(CONV, input="64x64x1"), layers(CONV, input="[1, 64, 64]")),
    "outputs without brackets": (
        f"{layers('a: Linear(4)', 'b(input): Linear(1)', input='[8]')}outputs: a, b\n",
        f"{layers('a: Linear(4)', 'b(input): Linear(1)', input='[8]')}outputs: [a, b]\n",
    ),
    "a tensor among settings": (
        layers("conv1: Conv2d(8, kernel_size=3)", "act: ReLU(conv1)", "row: Flatten", "fc: Linear(row, 10)"),
        layers("conv1: Conv2d(8, kernel_size=3)", "act(conv1): ReLU", "row: Flatten", "fc(row): Linear(10)"),
    ),
    "a block behind a factor": (
        layers("ResBlock(32) * 3", more="blocks:\n  ResBlock(n):\n    - Conv2d(n, kernel_size=3, padding=1)\n"),
        layers("3 * ResBlock(32)", more="blocks:\n  ResBlock(n):\n    - Conv2d(n, kernel_size=3, padding=1)\n"),
    ),
    "a loop": (layers(f"for i in range(3): {CONV}"), layers(f"{CONV} for i in range(3)")),
    "a loop over a list": (layers(f"for _ in range(3):\n      - {CONV}\n      - ReLU"), layers(f"3 * [{CONV}, ReLU]")),
    "a repeat": (layers(f"repeat 3: {CONV}"), layers(f"3 * {CONV}")),
    "a condition": (layers("if True: ReLU"), layers("ReLU if True")),
    "a NO-BREAK SPACE": (layers(CONV).replace(": [", ":\N{NO-BREAK SPACE}["), layers(CONV)),
    "a full-width colon": (layers(CONV).replace("layers:", "layers\N{FULLWIDTH COLON}"), layers(CONV)),
    "a letter of another alphabet": (layers(CONV.replace("C", "\N{CYRILLIC CAPITAL LETTER ES}")), layers(CONV)),
    "the rank of the input": (layers("Maxpool(2)"), layers("MaxPool2d(2)")),
    "other words for arguments": (
        layers("Conv2d(8, kernel=3, pad=1)"),
        layers("Conv2d(8, kernel_size=3, padding=1)"),
    ),
    "a key with a slip, and an argument below it": (
        layers("Conv2d(8, kernl=3)").replace("layers", "layrs"),
        layers(CONV),
    ),
    "dropout as a function": (layers(CONV, "F.dropout(x, 0.2)"), layers(CONV, "Dropout(0.2)")),
    "an entry beside the margin": (layers(CONV, "ReLU").replace("  - R", "   - R"), layers(CONV, "ReLU")),
    "settings of the training": (
        f"optimizer: {{type: Adam,\n  lr: 0.1}}  # as always\n{layers(CONV)}",
        f"# optimizer: {{type: Adam,\n#   lr: 0.1}}  # as always\n{layers(CONV)}",
    ),
    "numbers at the margin": (
        f"n = 8\nk = 3  # taps\n{layers('Conv2d(n, kernel_size=k)')}",
        f"vars: {{n: 8, k: 3}}\n{layers('Conv2d(n, kernel_size=k)')}",
    ),
    "numbers at the margin beside vars": (
        f"vars:\n  k: 3\nn = 8\n{layers('Conv2d(n, kernel_size=k)')}",
        f"vars:\n  k: 3\n  n: 8\n{layers('Conv2d(n, kernel_size=k)')}",
    ),
    "names with =": (layers("a = Conv2d(8, kernel_size=3)", "ReLU"), layers("a: Conv2d(8, kernel_size=3)", "ReLU")),
    "an average pool without a window in front of a Linear": (
        layers(CONV, "avgpool", "flatten", "Linear(10)"),
        layers(CONV, "AdaptiveAvgPool2d(1)", "Flatten", "Linear(10)"),
    ),
    "pools without a window": (
        layers(CONV, "avg_pool", CONV, "maxpool", "torch.flatten(x)"),
        layers(CONV, "AvgPool2d(2)", CONV, "MaxPool2d(2)", "torch.flatten(x, start_dim=1)"),
    ),
    "short names joined by +": (layers(f"{CONV} + BN + relu"), layers(CONV, "BatchNorm2d", "ReLU")),
    "the number of samples": (
        layers("Conv2d(8, kernel_size=1)", "prev.view(B, -1)"),
        layers("Conv2d(8, kernel_size=1)", "prev.view(prev.shape[0], -1)"),
    ),
    "the input as Keras writes it": (layers(CONV, input="Input(shape=(32, 32, 3))"), layers(CONV)),
    "the input as a tensor": (layers(CONV, input="torch.randn(1, 3, 32, 32)"), layers(CONV)),
    "a condition over lines": (
        layers("B(8)", more="blocks:\n  B(n):\n    - s:\n        if n != 3:\n          - Flatten\n          - ReLU\n"),
        layers("B(8)", more="blocks:\n  B(n):\n    - s:\n        - Flatten if n != 3\n        - ReLU if n != 3\n"),
    ),
    "an input of a block among its settings": (
        layers("a: ReLU", "Up(3, a)", more="blocks:\n  Up(n, skip):\n    - prev + skip\n    - ReLU if n\n"),
        layers("a: ReLU", "(prev, a): Up(3)", more="blocks:\n  Up(n)(x, skip):\n    - prev + skip\n    - ReLU if n\n"),
    ),
    "both ways": (
        layers("BiGRU(8)", "mean(dim=time)", input=STEPS),
        layers("GRU(8, bidirectional=True, batch_first=True)", "mean(dim=1)", input=STEPS),
    ),
    "axes by letters": (layers("GRU(8, batch_first=True)", input="[T=16, F=64]"),
                        layers("GRU(8, batch_first=True)", input="{time: 16, features: 64}")),
    "maps of a size": (layers(CONV, input="3 @ 32x32"), layers(CONV)),
    "the model's name": (f"model: net\n{layers(CONV)}", f"name: net\n{layers(CONV)}"),
    "a number by name of turns": (
        layers("turns x Flatten", more="vars: {turns: 2}\n"), layers("turns * Flatten", more="vars: {turns: 2}\n")),
    "the first of several values": (
        layers("h, _ = GRU(8, batch_first=True)", "Linear(8, 2)", input=STEPS),
        layers("h: GRU(8, batch_first=True)", "Linear(8, 2)", input=STEPS),
    ),
    "a lazy layer": (layers("Flatten", "LazyLinear(4)"), layers("Flatten", "Linear(4)")),
    "parameters among layers": (
        layers("a: Parameter(1, 64)", "b = nn.Parameter(16, 1)", "prev + a + b", input=STEPS),
        layers("prev + a + b", input=STEPS, more="parameters:\n  a: [1, 64]\n  b: [16, 1]\n"),
    ),
    "a word of the language as a setting": (
        layers("B(3, 8)", more="blocks:\n  B(in, out):\n    - Conv2d(in, out, 1)\n"),
        layers("B(3, 8)", more="blocks:\n  B(in_channels, out):\n    - Conv2d(in_channels, out, 1)\n"),
    ),
    "the dtype beside the input": (
        f"dtype: long\n{layers('sum(dim=1)', input='[5]')}",
        layers("sum(dim=1)", input="{shape: [5], dtype: int64}"),
    ),
    "torch's order that does not fit": (
        layers("Conv2d(64, 7, 2)"),
        layers("Conv2d(64, kernel_size=7, stride=2)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("draft", "right"), HABITS.values(), ids=HABITS)
def test_a_habit_is_mended_in_one_step(draft, right):
    assert followed(draft) == right
    assert [finding.code for finding in reading(right).findings if finding.code.startswith("E")] == []


MLP = "  Mlp:\n    - Linear(32)\n    - GELU\n    - Linear(64)\n"
READ = {
    "commas of a Sequential": (layers("nn.Conv2d(3, 64, 3),", "nn.ReLU(),"), layers("Conv2d(3, 64, 3)", "ReLU")),
    "mappings": (layers("type: Conv2d\n    out_channels: 8\n    kernel_size: 3", "type: ReLU"), layers(CONV, "ReLU")),
    "mappings in braces": (
        layers("{name: c, type: Conv2d, out_channels: 8, kernel_size: 3}", "{name: r, type: ReLU}"),
        layers(f"c: {CONV}", "r: ReLU"),
    ),
    "mappings of types alone": (layers("{type: relu}", "{type: maxpool}"), layers("ReLU", "MaxPool2d(2)")),
    "layers of types alone": (layers("layer: relu", "layer: maxpool"), layers("ReLU", "MaxPool2d(2)")),
    "a named mapping": (layers("conv1: {type: Conv2d, out_channels: 8, kernel_size: 3}"), layers(f"conv1: {CONV}")),
    "arguments of Keras": (
        layers("Conv2d(filters=8, kernel_size=3, activation=relu)", "MaxPool2d(pool_size=2, strides=2)"),
        layers(CONV, "ReLU", "MaxPool2d(2)"),
    ),
    "steps of Keras": (
        layers("LSTM(64, return_sequences=True)", "LSTM(64)", input="[20, 8]"),
        layers("LSTM(64, batch_first=True)", "LSTM(64, batch_first=True)", "prev[:, -1]", input="[20, 8]"),
    ),
    "layers joined by +": (layers(f"{CONV} + ReLU"), layers(CONV, "ReLU")),
    "a list times a number": (layers(f"[{CONV}, ReLU] * 3"), layers(f"3 * [{CONV}, ReLU]")),
    "parts at the top level": (
        f"input: {IMAGE}\nencoder:\n  - {CONV}\ndecoder:\n  - ConvTranspose2d(3, kernel_size=3)\n",
        layers(f"encoder:\n      - {CONV}", "decoder:\n      - ConvTranspose2d(3, kernel_size=3)"),
    ),
    "a block at the top level": (
        layers("Res(3)", "Flatten", more="Res(n):\n  - Conv2d(n, kernel_size=1)\n  - prev + input\n"),
        layers("Res(3)", "Flatten", more="blocks:\n  Res(n):\n    - Conv2d(n, kernel_size=1)\n    - prev + input\n"),
    ),
    "a list at the top level, twice": (
        layers("Flatten", "stem: Linear(8)", "part", "part", more="part:\n  - Linear(8)\n  - ReLU\n"),
        layers("Flatten", "stem: Linear(8)", "part:\n      - Linear(8)\n      - ReLU", "part(part)"),
    ),
    "layers and a forward": (
        layers("x = F.relu(self.fc(x)) + x", "return self.head(x)", input="[8]")
        .replace("layers:", "layers:\n  fc: nn.Linear(8, 8)\n  head: nn.Linear(8, 2)\nforward:"),
        layers("fc: Linear(8)", "ReLU", "prev + input", "head: Linear(2)", input="[8]"),
    ),
    "calls of Keras as lines": (
        layers("x = Conv2D(8, 3, activation='relu')(image)", "x = Flatten()(x)", "a = Dense(4)(x)", "b = Dense(2)(x)")
        .replace("input:", "inputs:").replace(IMAGE, 'Input(shape=(32, 32, 3), name="image")') + "outputs: [a, b]\n",
        layers(CONV, "ReLU", "x: Flatten", "a: Linear(4)", "b(x): Linear(2)") + "outputs: [a, b]\n",
    ),
    "layers applied to x in a formula": (
        layers("2 * Block", input=STEPS, more=f"blocks:\n  Block:\n    - x = x + MultiHeadAttention(LayerNorm(x), 4)\n"
               f"    - x = x + Mlp(LayerNorm(x))\n{MLP}"),
        layers("2 * Block", input=STEPS, more="blocks:\n  Block:\n    - LayerNorm\n"
               "    - MultiheadAttention(num_heads=4, batch_first=True)\n    - a: prev + input\n    - LayerNorm\n"
               f"    - Mlp\n    - prev + a\n{MLP}"),
    ),
    "another key": (layers(CONV).replace("layers", "model"), layers(CONV)),
    "torch's own order": (
        layers("Conv2d(64, 7, 2)", input="[64, 32, 32]"),
        layers("Conv2d(7, kernel_size=2)", input="[64, 32, 32]"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("draft", "right"), READ.values(), ids=READ)
def test_a_habit_is_read_as_the_network_that_it_means(draft, right):
    assert figures(reading(draft)) == figures(reading(right)) is not None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("left: Branch(a)", "each layer that is made so has weights of its own"),
        ("MyLayer(3)", "--custom-layers"),
        ("register_buffer('x', torch.zeros(3))", "under `buffers:`"),
        ("x: nn.Parameter(torch.zeros(1, 1, 64))", "parameters:"),
        ("Conv2d(64, 7, 2)", "is read as torch reads it"),
        ("Conv2d(64, 7, 2)", "would be the other reading"),
        ("Conv2d(3, 64)", "for 3 channels in and 64 out write `Conv2d(3, 64, kernel_size=…)`"),
        ("{type: avgpool}", "`avgpool` says no window: it is taken to be of 2"),
        ("{type: avgpool}\n  - {type: dense, units: 4}", "`avgpool` says no window: it is taken over the whole map"),
    ],
)
def test_what_cannot_be_written_in_one_line_is_told(line, words):
    more = "inputs: {a: [3, 32, 32], b: [3, 32, 32]}\nblocks:\n  Branch: [Flatten]\n"
    found = reading(layers(line).replace(f"input: {IMAGE}\n", more)).findings
    assert any(words in f"{finding.diagnostic.note} {finding.diagnostic.help}" for finding in found)
