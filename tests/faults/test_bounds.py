"""Small specs that ask for much (faults 42 and 43 and the hostile specs): each is refused in a real process that may
take neither the time nor the memory they ask for."""

import resource

import pytest

from tests.cli.running import is_clean, run
from tests.faults.test_input_files import limit

SECONDS = 10
"""Of the processor, before the system ends a run: far more than a refusal takes, far less than what is asked for."""


def refused(tmp_path, text, code):
    """The one message of a run that is refused within bounds."""

    def bound():
        limit(200)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    result = run("summary", path, preexec_fn=bound)
    assert result.returncode == 2, result.stderr[-500:]
    assert f"error[{code}]" in result.stderr
    assert "Traceback" not in result.stderr
    return result


def blocks(count, line, last, layers):
    """Blocks inside blocks: each has this line of the next, the last one another."""
    body = "".join(f"  B{at}:\n" + line.format(f"B{at + 1}" if at < count - 1 else last) for at in range(count))
    return f"blocks:\n{body}{layers}\n"


WIDTHS = "Linear(7 if input.shape[1] == 8 else 8)"
LSTM = "LSTM(8, num_layers=1024, batch_first=True)"

WORK = {
    "42 axes": "input: [4]\nlayers:\n- 4000 * unsqueeze(1)\n",
    "42 axes of a reshape": f"input: [4]\nlayers:\n- reshape((-1, {', '.join(['1'] * 70)}))\n",
    "42 weights": f"input: [4, 8]\nlayers:\n- 2000 * {LSTM}\n",
    "42 weights in a block": f"input: [4, 8]\nblocks:\n  B:\n    - l: {LSTM}\n    - l.output\nlayers:\n- 2000 * B\n",
    "42 outputs": "input: [1000]\nlayers:\n- unbind(input, 1) for _ in range(2000)\n",
    "42 alternating sizes": blocks(
        13, "    - {} for k in range(input.shape[1])\n", WIDTHS, "input: [8]\nlayers:\n  - B0"
    ),
    "42 alternating sizes, twice": blocks(15, "    - {0}\n    - {0}\n    - {0}\n", WIDTHS, "input: [8]\nlayers: [B0]"),
    "42 long paths": blocks(
        14, f"    - {'n' * 60}: {{}}\n", "10000 * ReLU", f"input: [4]\nlayers:\n  - {'n' * 60}: 10 * B0"
    ),
    "42 blocks in blocks": "input: [4]\nblocks:\n"
    + "".join(f"  B{at}: [B{at + 1}]\n" for at in range(9000))
    + "  B9000: [ReLU]\nlayers: [B0]\n",
    "hostile absent lines": blocks(
        14, "    - 1000 * {}\n", "Z", "  Z:\n    - ReLU if False\ninput: [4]\nlayers:\n  - B0"
    ),
    "hostile 20,000 x 20 layers": f"input: [4]\nlayers:\n  - 20000 * [{', '.join(['ReLU'] * 20)}]\n",
    "hostile pooling": "input: [3, 8, 8]\nlayers:\n  - MaxPool2d(2147483647, padding=1073741823)\n",
}  # fmt: skip
CODES = {"hostile pooling": "E211"}


@pytest.mark.parametrize("name", WORK)
def test_what_is_worked_out_is_bounded(tmp_path, name):
    refused(tmp_path, WORK[name], CODES.get(name, "E501"))


def test_42_what_just_fits_is_worked_out(tmp_path):
    """The bounds are none for networks that anyone builds."""
    for number, layers in enumerate(("59 * unsqueeze(1)", "100 * LSTM(8, num_layers=24, batch_first=True)")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(f"input: [4, 8]\nlayers:\n- {layers}\n")
        assert run("summary", path).returncode == 0


@pytest.mark.parametrize("forward", [True, False])
def test_42_ties_in_a_chain_are_walked_once(tmp_path, forward):
    pairs = [(f"l{at}", f"l{at + 1}") for at in range(8000)]
    ties = [f"{one if forward else other}.weight: {other if forward else one}.weight" for one, other in pairs]
    layers = "".join(f"  - l{at}: Linear(4)\n" for at in range(8001))
    (tmp_path / "net.yaml").write_text(f"input: [4]\ntie: {{{', '.join(ties)}}}\nlayers:\n{layers}")
    bound = lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))  # noqa: E731
    result = run("summary", "net.yaml", cwd=tmp_path, preexec_fn=bound)
    assert result.returncode == 0
    assert f"{8001 * 4 + 16:,} parameters" in result.stdout


PAIRS = r"\ud83d\ude00" * 80_000
READING = {
    "43 pairs in a plain name": (f"input: [4]\nname: {PAIRS}\nlayers: [ReLU]\n", "E504"),
    "43 pairs in a single-quoted name": (f"input: [4]\nname: '{PAIRS}'\nlayers: [ReLU]\n", "E504"),
    "43 pairs in a double-quoted name": (f'input: [4]\nname: "{PAIRS}"\nlayers: [ReLU]\n', "E504"),
    "43 an open quote over escaped quotes": ('{a: "x' + r"\"" * 500_000, "E016"),
    "43 an open quote over backslashes": ('{a: "' + "\\" * 1_000_000, "E016"),
    "43 quotes alone": ("{" + '"' * 1_000_000, "E016"),
    "43 quotes line by line": ("{" + '" \n' * 340_000, "E006"),
    "hostile a quarter of a million characters": (f"input: [4]\nlayers:\n  - {'x' * 250_000}\n", "E504"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code"), READING.values(), ids=READING.keys())
def test_43_reading_is_linear(tmp_path, text, code):
    result = refused(tmp_path, text, code)
    assert is_clean(result)


@pytest.mark.parametrize("form", ["json", "spec"])
def test_43_what_the_quick_reading_of_json_must_still_read(tmp_path, form):
    """In JSON a colon may stand on the line after its name; quotes in quotes and commas stay what they are."""
    text = '{\n "name"\n : "a \\" : b",\n "input"  \n\n  : [4],\n "layers": ["ReLU"]}\n'
    path = tmp_path / f"net.{form}"
    path.write_text(text)
    assert run("summary", path).stdout.startswith('a " : b')
