"""What a word means: every layer, function, argument, key and code has an explanation, and its numbers are right."""

import re

import pytest

from netinspect.catalogue import ENTRIES, FUNCTIONS, LAYERS
from netinspect.catalogue.refused import ARGUMENTS, KERAS, REFUSED, SHORT
from netinspect.errors import InputError
from netinspect.findings.codes import titles
from netinspect.network.load import one_layer
from netinspect.reference import explain
from netinspect.reference.arguments import MEANINGS, OF_FUNCTIONS, OF_TENSORS, SHOWN
from netinspect.reference.explaining import _meaning, _settings, explained_word, known_words
from netinspect.reference.front_ends import WORDS
from netinspect.reference.general import RULES, formula_in_names, rule_of_sizes, sizes_in_words
from netinspect.report.columns import BY_NAME


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_layer_and_function_is_explained_with_its_example(entry):
    text = explained_word(entry.name)
    assert text.startswith(f"{entry.name}: a {'layer' if entry.is_layer else 'function'}")
    assert "Example" in text
    assert all(f"    - {line}" in text for line in entry.example.split("\n"))
    too_long = [line for line in text.splitlines() if len(line) > 80 and " " in line.strip()]
    assert [line for line in too_long if not line.startswith((entry.name, "    - "))] == []


@pytest.mark.parametrize("word", [*known_words(), *KERAS, *REFUSED, *SHORT, *ARGUMENTS])
def test_every_word_is_explained(word):
    text = explained_word(word)
    assert word in text
    assert "`" not in text or re.match(r"[EWN]\d{3}$", word)


def test_every_setting_has_a_meaning_and_no_meaning_is_left_over():
    settings = [(entry, argument) for entry in ENTRIES for argument in _settings(entry)]
    assert [argument.name for entry, argument in settings if _meaning(entry, argument) is None] == []
    names = {argument.name for _, argument in settings}
    assert sorted({*MEANINGS, *OF_FUNCTIONS, *OF_TENSORS} - names) == []
    assert sorted(SHOWN.keys() - names) == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_layer_and_function_has_a_rule_of_its_sizes(entry):
    rule = rule_of_sizes(entry)
    assert rule is not None
    words = set(re.findall(r"[a-z]+(?:_[a-z0-9]+)+|\bdims?\b|keepdim|dim[01]|(?<=have )size", rule))
    assert words <= {argument.name for argument in (*entry.arguments, *entry.forward)}


def test_no_rule_of_sizes_is_left_over():
    assert sorted(RULES.keys() - {entry.name for entry in ENTRIES}) == []


@pytest.mark.parametrize("name", SHOWN)
def test_the_example_of_an_argument_makes_a_difference_or_is_checked(name):
    shown = SHOWN[name]
    assert shown.without != shown.with_it
    calls = [one_layer(line, [(shown.sizes, shown.dtype)]).calls[0] for line in (shown.without, shown.with_it)]
    figures = [(call.outputs[0].type, call.result.params, call.result.macs, call.result.reach) for call in calls]
    assert (figures[0] == figures[1]) == (name in ("in_channels", "num_heads"))


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("Conv2d", "  parameters  out_channels·(in_channels·kernel_size·kernel_size + 1), where"),
        ("Conv2d", "  sizes       height and width: floor((size + 2·padding - span) / stride) + 1"),
        ("Conv2d", "  parameters  456 = 6·(3·5·5 + 1): weight 6×3×5×5, bias 6"),
        ("Conv2d", "Must be said: out_channels, kernel_size."),
        ("Conv2d", "See also: conv2d, the function."),
        ("linear", "See also: Linear, the layer."),
        ("Linear", "  MACs        in_features·out_features"),
        ("GRU", "  sizes       the last axis becomes hidden_size"),
        ("Softmax", "Must be said: dim."),
        ("padding", "  gives       6×32×32"),
        ("Conv2d", "  sees        5×5 of the input"),
        ("Conv2d", "kernel_size)."),
        ("expect", "  params  Parameters"),
        ("preprocess", "  log_mel      A log-mel spectrogram"),
        ("Dense", "Dense: Keras' name; in a spec it is Linear"),
        ("GlobalAveragePooling2D", "AdaptiveAvgPool2d: a layer (torch.nn.AdaptiveAvgPool2d)"),
        ("units", "units: an argument of other tools; torch's is out_features or hidden_size"),
        ("nn.Linear", "Linear: a layer (torch.nn.Linear)"),
        ("torch.nn.functional.relu", "relu: a function (torch.nn.functional.relu)"),
        ("Linear(784, 128)", "Linear: a layer (torch.nn.Linear)"),
        ("w201", "W201: linear layers that collapse into one"),
    ],
)
def test_an_explanation_says(word, line):
    assert line in explained_word(word).splitlines()


@pytest.mark.parametrize(
    ("word", "guess"), [("Convv2d", "Conv2d"), ("paddding", "padding"), ("W99", None), ("E999", None), ("", None)]
)
def test_an_unknown_word_is_refused(word, guess):
    with pytest.raises(InputError) as refused:
        explained_word(word)
    if guess is not None:
        assert f"did you mean `{guess}`?" in str(refused.value)


@pytest.mark.parametrize("code", titles())
def test_a_code_is_explained_in_one_way(code):
    assert explained_word(code) == explain(code)


# --- in general ----------------------------------------------------------------------------------

COUNTED = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose2d", "Linear", "LSTM", "MultiheadAttention", "BatchNorm2d")


@pytest.mark.parametrize("name", COUNTED)
def test_layers_of_a_textbook_have_a_formula_in_names(name):
    assert formula_in_names(LAYERS[name], lambda result: result.params) is not None


def test_a_formula_with_a_number_for_an_argument_is_never_told():
    """ConvTranspose's kernel and stride are both 2 in its example; only the kernel makes weights."""
    text = formula_in_names(LAYERS["ConvTranspose1d"], lambda result: result.params)
    assert text == "out_channels·(in_channels·kernel_size + 1), where groups=1, bias=True"


@pytest.mark.parametrize(
    ("line", "sizes", "numbers"),
    [
        ("Conv2d(7, kernel_size=3, stride=2, padding=1)", (5, 20, 31), (7, 3, 5, 10, 16)),
        ("Conv2d(4, kernel_size=1)", (9, 8, 8), (4, 1, 9, 8, 8)),
    ],
)
def test_the_formulas_in_names_of_a_convolution_give_its_numbers(line, sizes, numbers):
    out_channels, kernel_size, in_channels, height, width = numbers
    (call,) = one_layer(line, [(sizes, "float32")]).calls
    assert int(call.result.params) == out_channels * (in_channels * kernel_size * kernel_size + 1)
    assert int(call.result.macs) == out_channels * height * width * in_channels * kernel_size * kernel_size


def test_nothing_is_told_of_sizes_that_no_rule_holds_for():
    assert sizes_in_words(LAYERS["Unfold"]) is None
    assert sizes_in_words(LAYERS["MaxUnpool2d"]) is None
    assert sizes_in_words(LAYERS["Fold"]) is None
    assert FUNCTIONS


@pytest.mark.parametrize(
    ("word", "texts"),
    [
        ("win_length", ["win_length: a setting of stft and log_mel", "by default n_fft"]),
        ("log_mel", ["log_mel: a step of preprocess", "n_mels"]),
        ("whisper", ["whisper: a front end, log_mel: {like: whisper}", "pad_to       480000"]),
        ("wav2vec2", ["normalize: {like: wav2vec2}"]),
        ("sees", ["sees: a column of summary", "The receptive field"]),
        ("mean", ["mean: a function", "mean: a step of preprocess", "mean: a setting of log_mel"]),
    ],
)
def test_what_preprocess_and_the_columns_say_is_explained(word, texts):
    explained = explained_word(word)
    assert all(text in explained for text in texts)


def test_every_setting_of_a_sound_and_every_column_has_words():
    for word in (*WORDS, *BY_NAME):
        assert word in known_words()
        assert len(explained_word(word).splitlines()) >= 3
