import pytest

from netinspect.language.front_ends import FRONT_ENDS
from tests.language.trees import found, spec


def preprocess(text):
    return spec(f"input: {{shape: [1], preprocess: {{{text}}}}}\nlayers: [X]\n").inputs[0].preprocess


def test_pictures():
    text = "resize: 256, center_crop: [224, 200], grayscale: true, mean: [0.485, 0.4], std: [1, 2], scale: 0.5"
    assert preprocess(text) == (
        ("resize", 256), ("center_crop", (224, 200)), ("grayscale", True), ("mean", (0.485, 0.4)), ("std", (1, 2)),
        ("scale", 0.5),
    )  # fmt: skip


def test_a_picture_can_be_resized_to_the_input_and_by_another_filter():
    assert preprocess("resize: input") == (("resize", "input"),)
    assert preprocess("resize: {size: input, filter: area}") == (("resize", {"size": "input", "filter": "area"}),)
    assert preprocess("resize: {size: [40, 34]}") == (("resize", {"size": (40, 34), "filter": "bilinear"}),)


def test_sound():
    assert preprocess("sample_rate: 16000, frame: 1024, hop_length: 160, normalize: frame") == (
        ("sample_rate", 16000), ("frame", 1024), ("hop_length", 160),
        ("normalize", {"like": None, "correction": 1, "eps": 0}),
    )  # fmt: skip


def test_the_settings_of_log_mel_are_filled_in():
    ((name, settings),) = preprocess("log_mel: {sample_rate: 16000, n_fft: 1024, hop_length: 256, n_mels: 64}")
    assert name == "log_mel"
    assert settings == {
        "like": None, "sample_rate": 16000, "n_fft": 1024, "hop_length": 256, "win_length": 1024, "window": "hann",
        "periodic": True, "center": True, "pad_mode": "reflect", "pad": 512, "frames_of": "n_fft",
        "remove_dc_offset": False, "preemphasis": 0, "eps": 0, "power": 2,
        "pad_to": None, "pad_last": False, "drop_last": False, "n_mels": 64,
        "mel_scale": "slaney", "triangles": "hz", "norm": "slaney", "fmin": 0, "fmax": 8000.0, "gain": 1, "offset": 0,
        "log": "db", "amin": 1e-10, "top_db": None, "columns": None, "mean": 0, "std": 1, "min_max": False,
    }  # fmt: skip


def test_like_stands_for_settings_that_others_win_over():
    ((_, whisper),) = preprocess("log_mel: {like: whisper, n_mels: 128}")
    assert (whisper["like"], whisper["n_mels"], whisper["hop_length"], whisper["log"]) == ("whisper", 128, 160, "log10")
    assert preprocess("log_mel: {n_mels: 128, like: whisper}") == (("log_mel", whisper),)
    assert preprocess("normalize: {like: wav2vec2}")[0][1]["eps"] == 1e-7


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_every_front_end_is_written_whole(name):
    step = FRONT_ENDS[name].step
    ((_, settings),) = preprocess(f"{step}: {{like: {name}}}")
    written = ", ".join(f"{key}: {value}" for key, value in settings.items() if key != "like" and value is not None)
    nones = ", ".join(f"{key}: none" for key, value in settings.items() if key == "norm" and value is None)
    assert preprocess(f"{step}: {{{written}{', ' if nones else ''}{nones}}}")[0][1] == settings | {"like": None}


def test_stated_settings_win():
    ((_, settings),) = preprocess(
        "log_mel: {sample_rate: 8000, n_fft: 512, hop_length: 128, n_mels: 40, norm: none, "
        "top_db: 80, fmin: 20, fmax: 4e3}"
    )
    assert (settings["norm"], settings["top_db"], settings["fmin"], settings["fmax"]) == (None, 80, 20, 4000.0)
    assert dict(preprocess("stft: {n_fft: 4, hop_length: 2, center: False}"))["stft"]["center"] is False


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("resze: 1", "E012"),
        ("resize: 0", "E211"),
        ("resize: 1.5", "E205"),
        ("resize: [1, 2, 3]", "E214"),
        ("resize: 70000", "E502"),
        ("resize: ''", "E212"),
        ("resize: [width, '8 x']", "E017"),
        ("resize: {filter: area}", "E202"),
        ("resize: {size: 4, mode: area}", "E202"),
        ("resize: {size: 4, filter: lanczos}", "E213"),
        ("grayscale: yes", "E111"),
        ("grayscale: 'true'", "E212"),
        ("grayscale: &x true", "E008"),
        ("mean: []", "E214"),
        ("mean: [a]", "E212"),
        ("mean: &x 1", "E008"),
        ("mean: [1, 2], std: [1]", "E214"),
        ("std: 0", "E211"),
        ("scale: -1", "E211"),
        ("scale: .inf", "E017"),
        ("scale: 1/255", "E017"),
        ("sample_rate: '16000'", "E212"),
        ("sample_rate: 010", "E017"),
        ("normalize: all", "E213"),
        ("normalize: [1]", "E212"),
        ("normalize: &x frame", "E008"),
        ("log_mel: 3", "E212"),
        ("log_mel: &x {}", "E008"),
        ("log_mel: {n_fft: 3}", "E202"),
        ("log_mel: {sample_rate: 8, n_fft: 8, hop_length: 8, n_mels: 8, nmels: 3}", "E012"),
        ("log_mel: {sample_rate: 8, n_fft: 8, hop_length: 8, n_mels: 8, fmax: 5}", "E211"),
        ("log_mel: {sample_rate: 8, n_fft: 8, hop_length: 8, n_mels: 8, fmin: -1}", "E211"),
        ("log_mel: {sample_rate: 8, n_fft: 8, hop_length: 8, n_mels: 8, fmin: 4}", "E211"),
        ("log_mel: {like: wisper}", "E213"),
        ("log_mel: {like: wav2vec2}", "E213"),
        ("log_mel: {like: [whisper]}", "E212"),
        ("log_mel: whisper", "E212"),
        ("log_mel: {like: whisper, fmax: 9000}", "E211"),
        ("log_mel: {like: kaldi, n_fft: 256}", "E211"),
        ("log_mel: {like: kaldi, preemphasis: 1.5}", "E211"),
        ("stft: {n_fft: 3, hop_length: 2, like: kaldi}", "E012"),
        ("stft: {n_fft: 3, hop_length: 2, win_length: 4}", "E211"),
        ("stft: {n_fft: 3, hop_length: 2, drop_last: 1}", "E212"),
        ("normalize: {eps: -1}", "E211"),
        ("normalize: {epsilon: 1}", "E012"),
        ("pad_to: 0", "E211"),
        ("stft: {n_fft: 3, hop_length: 2, window: kaiser}", "E213"),
    ],
)
def test_what_cannot_be(text, code):
    mistakes = found(f"input: {{shape: [1], preprocess: {{{text}}}}}\nlayers: [X]\n")
    assert [mistake[0] for mistake in mistakes] == [code]
