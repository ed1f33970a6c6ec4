"""Keras in its forms, against the params that Keras itself counts (trainable ones: torch's running means are buffers).

The configurations in keras_samples/ are what `model.to_json()` of Keras 3.15 gave.
"""

import json
from pathlib import Path

import pytest
import yaml

from netinspect.drafts.keras.data import Data, KerasLayer
from netinspect.drafts.keras.layers import translate
from netinspect.drafts.styles.keras import STYLE
from tests.drafts.styles.written import params, read

SAMPLES = Path(__file__).parent / "keras_samples"
WORDS = "{shape: {time: 80}, dtype: int64, high: 20000}"


def keras_lines(class_name, values, named, name):
    """The lines for a layer whose input is not known; None where they cannot be told."""
    translation = translate(KerasLayer(class_name, tuple(values), named), Data())
    if translation is None:
        return None
    steps = enumerate(translation.steps)
    return tuple(f"- {name}: {step}" if name and number == translation.main else f"- {step}" for number, step in steps)


def rewrite(text):
    """What the style makes of a text, as YAML or as none."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        data = None
    return STYLE.rewrite(text, data)


@pytest.mark.parametrize(
    ("sample", "counted"),
    [
        ("mnist_convnet", 34_826),
        ("imdb_lstm", 2_691_713 + 4 * 128),  # torch's LSTM has a second bias of 4 · units
        ("bidirectional", 2_733_441 + 2 * 4 * 64),
        ("speech_conv1d", 10_871),
        ("separable", 1_637),
        ("decoder", 108_993),
        ("toy_resnet", 223_242),
        ("shared_two_outputs", 129_285),
        ("transformer_block", 50_114),
        ("nested_autoencoder", 28_533),
        ("unet", 1_273),
        ("vgg16", 138_357_544),
    ],
)
def test_a_configuration_has_the_params_that_keras_counts(sample, counted, tmp_path):
    text = (SAMPLES / f"{sample}.json").read_text(encoding="utf-8")
    assert params(STYLE.rewrite(text, json.loads(text)), tmp_path) == counted
    assert params(STYLE.rewrite(text, None), tmp_path) == counted


def test_a_configuration_of_keras_2_with_nodes_as_lists(tmp_path):
    config = {
        "class_name": "Functional",
        "config": {
            "name": "model_1",
            "layers": [
                {"class_name": "InputLayer", "name": "a", "config": {"batch_input_shape": [None, 4], "name": "a"},
                 "inbound_nodes": []},
                {"class_name": "Dense", "name": "b", "config": {"name": "b", "units": 4, "activation": "relu"},
                 "inbound_nodes": [[["a", 0, 0, {}]]]},
                {"class_name": "Add", "name": "add", "config": {"name": "add"},
                 "inbound_nodes": [[["a", 0, 0, {}], ["b", 0, 0, {}]]]},
            ],
            "input_layers": [["a", 0, 0]],
            "output_layers": [["add", 0, 0]],
        },
    }  # fmt: skip
    rewritten = STYLE.rewrite(json.dumps(config), config)
    assert rewritten.layers == ("- b: Linear(4)", "- ReLU", "- add(input, prev)")
    assert params(rewritten, tmp_path) == 20


def test_a_list_of_serialized_layers(tmp_path):
    text = """
- class_name: Conv2D
  config: {filters: 6, kernel_size: [5, 5], activation: tanh, batch_input_shape: [null, 32, 32, 1]}
- {class_name: AveragePooling2D, config: {pool_size: [2, 2]}}
- {class_name: Flatten, config: {}}
- {class_name: Dense, config: {units: 10, activation: softmax}}
"""
    rewritten = rewrite(text)
    assert rewritten.input == "[1, 32, 32]"
    assert params(rewritten, tmp_path) == 6 * 26 + 10 * (6 * 14 * 14 + 1)


MNIST = """
import keras
from keras import layers
num_classes = 10
input_shape = (28, 28, 1)
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train.astype("float32") / 255
model = keras.Sequential(
    [
        keras.Input(shape=input_shape),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(num_classes, activation="softmax"),
    ]
)
model.summary()
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=128, epochs=15, validation_split=0.1)
"""

ADDED = """
model = Sequential()
model.add(Conv2D(32, (3, 3), padding='same', input_shape=(32, 32, 3)))
model.add(Activation('relu'))
model.add(Conv2D(32, (3, 3)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(512))
model.add(Activation('relu'))
model.add(Dense(10))
model.add(Activation('softmax'))
"""

RESIDUAL = """
def build_model(filters=16, num_classes=10):
    inputs = tf.keras.Input((64, 64, 1))
    x = tf.keras.layers.Conv2D(filters, 3, padding="same")(inputs)
    skip = x
    x = tf.keras.layers.BatchNormalization()(x)
    x = tf.nn.relu(x)
    x = tf.keras.layers.Conv2D(filters, 3, padding="same", kernel_regularizer=l2(1e-4))(x)
    x = x + skip
    x = tf.keras.layers.ReLU()(x)
    x = tf.keras.layers.GlobalAveragePooling2D()(x)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(num_classes)(x))
model = build_model()
"""

SIAMESE = """
base = Sequential([Conv2D(64, 10, activation='relu', input_shape=(105,105,1)), MaxPooling2D(), Flatten(), Dense(16)])
left = Input((105,105,1))
right = Input((105,105,1))
d = Subtract()([base(left), base(right)])
model = Model(inputs=[left, right], outputs=Dense(1, activation='sigmoid')(d))
"""

ENCODER = """
inp = keras.Input(shape=(784,))
encoded = layers.Dense(32, activation='relu')(inp)
decoded = layers.Dense(784, activation='sigmoid')(encoded)
encoder = keras.Model(inp, encoded)
"""


UNET = """
def conv_block(x, filters, bn=True):
    x = layers.Conv2D(filters, 3, padding="same")(x)
    if bn:
        x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    return x

def unet(input_shape=(64, 64, 1)):
    inputs = keras.Input(input_shape)
    x = conv_block(inputs, 16)
    skip = x
    x = conv_block(layers.MaxPooling2D()(x), 32)
    x = layers.concatenate([layers.UpSampling2D()(x), skip])
    x = conv_block(x, 16, bn=False)
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))

model = unet()
keras.utils.plot_model(model, show_shapes=True)
"""

XCEPTION = """
def make_model(input_shape, num_classes):
    inputs = keras.Input(shape=input_shape)
    x = layers.Rescaling(1.0 / 255)(inputs)
    x = layers.Conv2D(128, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous_block_activation = x
    for size in [256, 512, 728]:
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(size, 1, strides=2, padding="same")(previous_block_activation)
        x = layers.add([x, residual])
        previous_block_activation = x
    x = layers.SeparableConv2D(1024, 3, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    if num_classes == 2:
        units = 1
    else:
        units = num_classes
    x = layers.Dropout(0.25)(x)
    return keras.Model(inputs, layers.Dense(units, activation=None)(x))

image_size = (180, 180)
model = make_model(input_shape=image_size + (3,), num_classes=2)
keras.utils.plot_model(model, show_shapes=True)
"""

LOOP = """
n = 8
n *= 2
model = Sequential()
model.add(Input((10,)))
for i in range(3):
    model.add(Dense(n * 2 ** i, activation="relu", name=f"hidden_{i}"))
model.add(Dense(1))
"""

UNCALLED = """
def create():
    m = Sequential()
    m.add(Dense(12, input_dim=8, activation='relu'))
    m.add(Dense(8, activation='relu'))
    m.add(Dense(1, activation='sigmoid'))
    return m
"""

SKIPS = """
widths = [4]
deeper = widths
deeper += [8]
x = inputs = Input((32, 32, 3))
skips = []
for width in widths:
    x = Conv2D(width, 3, padding="same", activation="relu")(x)
    skips.append(x)
    x = MaxPooling2D()(x)
for width in (8, 4):
    x = UpSampling2D()(x)
    x = Concatenate()([x, skips.pop()])
    x = Conv2D(width, 3, padding="same")(x)
model = Model(inputs, x)
"""


@pytest.mark.parametrize(
    ("code", "counted"),
    [
        (SKIPS, 4 * 28 + 8 * 37 + 8 * (16 * 9 + 1) + 4 * (12 * 9 + 1)),
        (UNET, 160 + 32 + 32 * 145 + 64 + 16 * (48 * 9 + 1) + 17),
        (XCEPTION, 2_731_065 - 2 * (128 + 2 * (256 + 512 + 728) + 1024)),  # Keras' own count, less running statistics
        (LOOP, 176 + 544 + 2_112 + 65),
        (UNCALLED, 108 + 104 + 9),
        (MNIST, 34_826),
        (ADDED, 896 + 9_248 + 512 * (15 * 15 * 32 + 1) + 10 * 513),
        (RESIDUAL, 160 + 32 + 16 * 145 + 170),
        (SIAMESE, 64 * 101 + 16 * (48 * 48 * 64 + 1) + 17),
        (ENCODER, 785 * 32),
    ],
)
def test_code_has_the_params_that_its_formula_gives(code, counted, tmp_path):
    assert params(rewrite(code), tmp_path) == counted


def test_code_reads_down_the_page():
    assert rewrite(MNIST).layers == (
        "- Conv2d(32, kernel_size=3)",
        "- ReLU",
        "- MaxPool2d(2)",
        "- Conv2d(64, kernel_size=3)",
        "- ReLU",
        "- MaxPool2d(2)",
        "- Flatten",
        "- Dropout(0.5)",
        "- Linear(10)",
        "- Softmax(dim=1)",
    )
    assert rewrite(MNIST).input == "[1, 28, 28]"
    assert "order of the weights" in rewrite(MNIST).note


def test_a_layer_called_again_is_called():
    code = "i = Input((16,))\nd = Dense(16)\nmodel = Model(i, Dense(1)(d(d(i))))\n"
    assert rewrite(code).layers == ("- linear: Linear(16)", "- linear(prev)", "- Linear(1)")


def test_a_skip_is_named_after_its_variable():
    lines = rewrite(RESIDUAL).layers
    assert lines[0].endswith("Conv2d(16, kernel_size=3, padding=same)")
    assert sum(line.startswith("- add(prev, ") for line in lines) == 1


def test_a_sum_of_three_is_added_up_line_by_line(tmp_path):
    rewritten = rewrite("""
i = Input((4,))
first = Dense(4)(i)
second = Dense(4)(first)
model = Model(i, Average()([first, second, i]))
""")
    assert rewritten.layers == (
        "- first: Linear(4)",
        "- Linear(4)",
        "- add(first, prev)",
        "- add(prev, input)",
        "- div(prev, 3)",
    )
    assert params(rewritten, tmp_path) == 40


def test_a_length_that_is_left_open_is_said(tmp_path):
    rewritten = rewrite("""
inputs = keras.Input(shape=(None,), dtype="int32")
x = layers.Embedding(20000, 128)(inputs)
x = layers.Bidirectional(layers.LSTM(64))(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
""")
    assert rewritten.input is None
    assert "left open" in rewritten.note
    assert params(rewritten, tmp_path, WORDS) == 2_560_000 + 2 * 4 * 64 * (128 + 64 + 2) + 129


LINES = """
name: digits
vars: {hidden: 64}
input: [200, 8]
layers:
  - Conv1D(32, 5, activation='relu', padding='same')
  - rnn: LSTM(hidden, return_sequences=True)
  - LSTM(hidden)
  - Dense(10, activation='softmax')
"""


def test_calls_as_lines_of_a_spec(tmp_path):
    rewritten = rewrite(LINES)
    assert (rewritten.name, rewritten.input, rewritten.vars) == ("digits", "[8, 200]", ("hidden: 64",))
    assert "- rnn: LSTM(hidden, batch_first=True)" in rewritten.layers
    assert params(rewritten, tmp_path) == 32 * 41 + 4 * 64 * (96 + 2) + 4 * 64 * (128 + 2) + 650


def test_a_list_whose_input_is_not_at_hand_begins_with_a_row_of_features():
    rewritten = STYLE.rewrite("", ["Dense(64)", "BatchNormalization()", "Dense(10, activation='softmax')"])
    assert rewritten.layers[1:] == ("- BatchNorm1d(eps=0.001, momentum=0.01)", "- Linear(10)", "- Softmax(dim=1)")
    assert "row of features" in rewritten.note


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        (("Dense", [128], {"activation": "gelu"}), ("- Linear(128)", "- GELU")),
        (("Conv2D", [8, (3, 5)], {"use_bias": False}), ("- Conv2d(8, kernel_size=(3, 5), bias=False)",)),
        (("Conv2D", [8, 3], {"strides": 2, "padding": "same"}), ("- Conv2d(8, kernel_size=3, stride=2, padding=1)",)),
        (("Conv2D", [8, 3], {"padding": "same", "dilation_rate": 2}),
         ("- Conv2d(8, kernel_size=3, padding=same, dilation=2)",)),
        (("MaxPooling2D", [3], {"strides": 2}), ("- MaxPool2d(3, stride=2)",)),
        (("MaxPooling2D", [], {"padding": "same"}), ("- MaxPool2d(2, ceil_mode=True)",)),
        (("AveragePooling2D", [3, 1, "same"], {}), ("- AvgPool2d(3, stride=1, padding=1, count_include_pad=False)",)),
        (("GlobalAveragePooling2D", [], {}), ("- AdaptiveAvgPool2d(1)", "- Flatten")),
        (("LSTM", [128], {}), ("- LSTM(128, batch_first=True)", "- prev[:, -1]")),
        (("GRU", [8], {"return_sequences": True}), ("- GRU(8, batch_first=True)",)),
        (("SimpleRNN", [8], {"activation": "relu", "return_sequences": True}),
         ("- RNN(8, batch_first=True, nonlinearity='relu')",)),
        (("LeakyReLU", [], {}), ("- LeakyReLU(0.3)",)),
        (("ReLU", [6.0], {}), ("- ReLU6",)),
        (("Embedding", [100, 8], {"input_length": 5}), ("- Embedding(100, 8)",)),
        (("Conv2DTranspose", [8, 4], {"strides": 2, "padding": "same"}),
         ("- ConvTranspose2d(8, kernel_size=4, stride=2, padding=1)",)),
        (("UpSampling2D", [(2, 2)], {"interpolation": "bilinear"}), ("- Upsample(scale_factor=2, mode=bilinear)",)),
        (("DepthwiseConv2D", [3], {"padding": "same"}),
         ("- Conv2d(prev.shape[1], kernel_size=3, padding=same, groups=prev.shape[1])",)),
    ],
)  # fmt: skip
def test_one_layer_becomes_these_lines(call, lines):
    assert keras_lines(*call, None) == lines


def test_the_name_stands_on_the_line_with_the_weights():
    assert keras_lines("Conv2D", [32, (3, 3)], {"activation": "relu"}, "conv1") == (
        "- conv1: Conv2d(32, kernel_size=3)",
        "- ReLU",
    )


@pytest.mark.parametrize(
    "call",
    [
        ("Lambda", [], {}),
        ("Conv2D", [8], {}),
        ("Conv2D", [8, 3], {"padding": "reflect"}),
        ("Conv2D", [8, 3], {"kernel": 3}),
        ("Conv2D", [8, 4], {"strides": 2, "padding": "same"}),
        ("LSTM", [8], {"activation": "relu"}),
        ("LSTM", [8], {"recurrent_activation": "hard_sigmoid"}),
        ("Conv2DTranspose", [8, 4], {"padding": 1}),
        ("LSTM", [8], {"return_state": True}),
        ("Dense", [8], {"activation": "my_activation"}),
        ("BatchNormalization", [], {}),
        ("ConvLSTM2D", [8, 3], {}),
    ],
)
def test_what_cannot_be_told_is_left_alone(call):
    assert keras_lines(*call, None) is None


@pytest.mark.parametrize(
    "text",
    [
        "layers:\n  - Conv2d(32, kernel_size=3)\n  - ReLU\n  - LSTM(64, batch_first=True)\n",
        "layers:\n  - Embedding(100, 8)\n  - Flatten\n  - Linear(3)\n",
        "x = torch.nn.Conv2d(1, 2, 3)\n",
        "self.conv = nn.Conv2d(1, 2, 3)\nmodel = Model(x, y)\n",
        "model = Sequential([Dense(n_hidden)])\n",
        "model = Sequential([Dense(3)])\nother = Sequential([Dense(4)])\n",
        "for n in sizes:\n    x = layers.Dense(n)(x)\n",
        "n = 8\nif len(argv) > 1:\n    n = 16\nmodel = Sequential([Input((10,)), Dense(n)])\n",
        "n = 8\nwhile n < 100:\n    n = n * 2\nmodel = Sequential([Input((10,)), Dense(n)])\n",
        "n = [8]\nm = n\nm[0] = 16\nmodel = Sequential([Input((10,)), Dense(n[0])])\n",
        "n = [8]\nm = n\nm.sort()\nmodel = Sequential([Input((10,)), Dense(n[0])])\n",
        "n = [8]\nfor m in sizes:\n    n.append(m)\nmodel = Sequential([Input((10,)), Dense(n[-1])])\n",
        "n = [8, 16]\ndel n[0]\nmodel = Sequential([Input((10,)), Dense(n[0])])\n",
        "sizes = [3]\nsizes.append(4)\nmodel = Sequential([Dense(n) for n in sizes])\n",
        "def f(x):\n    return f(Dense(3)(x))\ni = Input((3,))\nmodel = Model(i, f(i))\n",
        "x = Input((3,))\nmodel = Model(x, Sampling()(x))\n",
        "model = Sequential([Input((3,)), Dense(3)])\nmodel.layers[0].units = 5\n",
        "32C3-MP2-64C3-MP2-FC512",
        "a plain text about Keras",
        "{}",
        "[]",
    ],
)
def test_other_texts_are_left_alone(text):
    made = rewrite(text)
    assert made is None or not made.layers


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("i = Input((3,))\nx = Dense(width)(i)\nmodel = Model(i, x)\n", (2, "`width` is not defined here")),
        ("i = Input((3,))\nx = Dense(3)(Sampling()(i))\nmodel = Model(i, x)\n", (2, "is known only when it runs")),
    ],
)
def test_the_line_of_code_that_cannot_be_followed_is_told(text, place):
    line, words = rewrite(text).stuck
    assert line == place[0]
    assert place[1] in words


def test_a_map_that_meets_a_dense_layer_has_its_channels_brought_to_the_back(tmp_path):
    rewritten = rewrite("model = Sequential([Input((8, 8, 3)), Conv2D(4, 3), Dense(5), Conv2D(2, 1)])")
    assert rewritten.layers[1:4] == ("- permute(0, 2, 3, 1)", "- Linear(5)", "- permute(0, 3, 1, 2)")
    assert read(rewritten, tmp_path).profile().totals.params == 4 * 28 + 25 + 12
