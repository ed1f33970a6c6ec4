"""One way to read specs: mistakes are findings, checks are findings, and one broken network hides no other."""

import pytest

from netinspect.errors import InputError, SpecError
from netinspect.findings import Bound, Selection
from netinspect.reading import Settings, read, read_layer, read_networks

SPEC = """\
vars: {n: 8}
input: [4]
layers:
  - a: Linear(n)
  - ReLU
  - b: Linear(2)
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(more="", text=SPEC):
        (tmp_path / "net.yaml").write_text(text + more)
        return "net.yaml"

    return write


def codes(reading):
    return [finding.code for finding in reading.findings]


def labels(reference):
    return [reading.label for reading in read_networks(reference, Settings())]


# --- broken specs ----------------------------------------------------------------------------


def test_a_spec_that_is_right(spec):
    reading = read(spec(), Settings())
    assert (reading.label, reading.exit_code, codes(reading)) == ("net.yaml", 0, [])
    assert reading.profile.totals.params == 58
    assert (reading.partial, reading.failure, reading.is_broken) == (None, None, False)


def test_a_spec_that_is_not_there_is_a_finding_without_a_line():
    reading = read("nowhere.yaml", Settings())
    (finding,) = reading.findings
    assert (finding.code, finding.severity, finding.file) == ("E019", "error", "nowhere.yaml")
    assert (finding.diagnostic.span, finding.source) == (None, None)
    assert (reading.file, reading.network, reading.partial, reading.profile) == (None,) * 4
    assert reading.exit_code == 2
    assert type(reading.failure) is InputError


def test_every_network_of_a_spec_that_is_not_there_is_one_finding():
    (reading,) = read_networks("nowhere.yaml", Settings())
    assert codes(reading) == ["E019"]


def test_a_broken_spec_keeps_the_lines_before_the_first_mistake(spec):
    reading = read(spec("  - c: BatchNorm2d\n  - d: Linear(9)\n"), Settings(dtype="float16"))
    assert codes(reading) == ["E305"]
    assert isinstance(reading.failure, SpecError)
    assert reading.network is None
    assert [call.path for call in reading.partial.calls] == ["a", "1", "b"]
    assert reading.profile.totals.param_bytes == 2 * 58


def test_a_spec_whose_text_is_broken_has_no_part(spec):
    reading = read(spec(text="input: [4\n"), Settings())
    assert reading.is_broken
    assert (reading.partial, reading.profile) == (None, None)
    assert reading.findings[0].source.name == "net.yaml"


def test_what_a_broken_part_would_fail_is_not_told(spec):
    """Its parameters are not those of the network, so `expect` and limits say nothing of it."""
    text = spec("  - c: BatchNorm2d\nexpect: {params: 1}\nbudget: {params: 1}\n")
    assert codes(read(text, Settings(bounds=(Bound("params", 1, "--max-params"),)))) == ["E305"]


def test_an_unknown_variant_and_an_unknown_var_have_their_code(spec):
    name = spec()
    assert codes(read(f"{name}:wide", Settings())) == ["E112"]
    assert codes(read(name, Settings(assignments=(("m", "1"),)))) == ["E112"]
    assert "[E112]" not in read(f"{name}:wide", Settings()).findings[0].diagnostic.message


# --- the networks of a spec ------------------------------------------------------------------


def test_a_file_is_its_base_and_every_variant(spec):
    assert labels(spec("variants: {wide: {n: 16}, narrow: {n: 2}}\n")) == [
        "net.yaml",
        "net.yaml:wide",
        "net.yaml:narrow",
    ]


def test_a_named_variant_is_one_network(spec):
    name = spec("variants: {wide: {n: 16}, narrow: {n: 2}}\n")
    assert labels(f"{name}:wide") == ["net.yaml:wide"]
    assert labels("resnet50") == ["resnet50"]


def test_a_variant_that_changes_nothing_is_the_base(spec):
    assert labels(spec("variants: {plain: {}, wide: {n: 16}}\n")) == ["net.yaml", "net.yaml:wide"]


def test_a_variant_that_only_expects_something_is_checked(spec):
    name = spec("variants:\n  plain: {expect: {params: 58}}\n  small: {budget: {params: 10}}\n")
    readings = list(read_networks(name, Settings()))
    assert [(reading.label, codes(reading)) for reading in readings] == [
        ("net.yaml", ["W108"]),
        ("net.yaml:plain", ["W108"]),
        ("net.yaml:small", ["W108", "E603"]),
    ]


def test_a_broken_variant_does_not_hide_the_others(spec):
    readings = list(read_networks(spec("variants: {none: {n: 0}, wide: {n: 16}}\n"), Settings()))
    assert [(reading.label, reading.exit_code) for reading in readings] == [
        ("net.yaml", 0),
        ("net.yaml:none", 2),
        ("net.yaml:wide", 0),
    ]
    (finding,) = readings[1].findings
    assert (finding.code, finding.variant, finding.diagnostic.span.line) == ("E211", "none", 4)


@pytest.mark.parametrize(
    ("settings", "code", "column"),
    [("m: 3", "E112", 7), ("n: 15, expect: {parms: 3}", "E012", 23), ("budget: 3", "E212", 15)],
)
def test_a_mistake_in_the_settings_of_a_variant_breaks_that_variant_alone(spec, settings, code, column):
    name = spec(f"variants:\n  x: {{{settings}}}\n  wide: {{n: 16}}\n")
    readings = list(read_networks(name, Settings()))
    assert [(reading.label, reading.exit_code) for reading in readings] == [
        ("net.yaml", 0), ("net.yaml:x", 2), ("net.yaml:wide", 0),
    ]  # fmt: skip
    (finding,) = readings[1].findings
    assert (finding.code, finding.variant) == (code, "x")
    assert (finding.diagnostic.span.line, finding.diagnostic.span.column) == (8, column)
    assert codes(read(f"{name}:x", Settings())) == [code]
    assert codes(read(f"{name}:wide", Settings())) == []


def test_a_mistake_elsewhere_breaks_every_network_beside_one_of_a_variant(spec):
    name = spec("variants:\n  x: {m: 3}\n  wide: {n: 16}\nexpect: {parms: 3}\n")
    assert [codes(reading) for reading in read_networks(name, Settings())] == [["E012"], ["E112", "E012"], ["E012"]]


# --- checks ----------------------------------------------------------------------------------


def test_a_budget_that_is_exceeded_fails(spec):
    reading = read(spec("budget: {params: 50, macs: 48}\n"), Settings())
    assert (codes(reading), reading.exit_code, reading.is_broken) == (["E603"], 1, False)
    assert reading.findings[0].diagnostic.span.line == 7


def test_what_a_comment_ignores_is_kept_apart(spec):
    reading = read(spec("# netinspect: ignore[E603] it is an example\nbudget: {params: 50}\n"), Settings())
    assert (codes(reading), reading.exit_code) == ([], 0)
    assert [finding.code for finding in reading.ignored] == ["E603"]


@pytest.mark.parametrize("override", [{"assignments": (("n", "9"),)}, {"input_shapes": (("", (5,)),)}])
def test_an_override_checks_neither_expect_nor_budget(spec, override):
    reading = read(spec("expect: {params: 1}\nbudget: {params: 1}\n"), Settings(**override))
    assert [finding for finding in reading.findings if finding.severity == "error"] == []
    assert reading.exit_code == 0


def test_limits_hold_beside_the_budget_and_with_an_override(spec):
    limit = Bound("params", 57, "--max-params")
    name = spec("budget: {params: 100}\n")
    (finding,) = read(name, Settings(bounds=(limit,))).findings
    assert finding.code == "E606"
    assert "--max-params" in finding.diagnostic.message
    assert codes(read(name, Settings(bounds=(limit,), assignments=(("n", "9"),)))).count("E606") == 1
    assert codes(read(name, Settings(bounds=(Bound("params", 58, "--max-params"),)))) == []
    assert codes(read(spec("budget: {params: 50}\n"), Settings(bounds=(limit,)))) == ["E606", "E603"]


def test_a_check_can_be_deselected_and_a_mistake_cannot(spec):
    selection = Selection(ignore=("E",))
    name = spec("budget: {params: 1}\nexpect: {params: 1}\n")
    assert codes(read(name, Settings(selection=selection))) == []
    assert codes(read(name, Settings(selection=Selection(select=("E601",), ignore=("E6",))))) == ["E601"]
    assert codes(read("nowhere", Settings(selection=selection))) == ["E019"]


# --- what the repository says ----------------------------------------------------------------


def test_the_limits_of_the_repository_hold_and_the_command_line_wins(spec, tmp_path):
    name = spec()
    (tmp_path / "netinspect.toml").write_text('max-params = 57\nmax-macs = "1k"\n')
    (finding,) = read(name, Settings()).findings
    assert finding.code == "E606"
    assert "max-params of netinspect.toml" in finding.diagnostic.message
    assert codes(read(name, Settings(bounds=(Bound("params", 58, "--max-params"),)))) == []
    (finding,) = read(name, Settings(bounds=(Bound("params", 56, "--max-params"),))).findings
    assert "--max-params" in finding.diagnostic.message


def test_the_selection_of_the_repository_lies_under_that_of_the_command_line(spec, tmp_path):
    name = spec("budget: {params: 1}\n")
    (tmp_path / "netinspect.toml").write_text('per-file-ignores = {"net.yaml" = ["E603"]}\n')
    assert codes(read(name, Settings())) == []
    assert codes(read(name, Settings(selection=Selection(select=("E603",))))) == ["E603"]


def test_a_file_that_is_excused_from_the_limits_of_the_repository_keeps_its_own_budget(spec, tmp_path):
    name = spec("budget: {params: 1}\n")
    (tmp_path / "netinspect.toml").write_text('max-params = 2\nper-file-ignores = {"net.yaml" = ["E606"]}\n')
    assert codes(read(name, Settings())) == ["E603"]


def test_a_wrong_setting_of_the_repository_breaks_the_spec_below_it(spec, tmp_path):
    name = spec()
    (tmp_path / "netinspect.toml").write_text("max-param = 3\n")
    reading = read(name, Settings())
    assert (codes(reading), reading.exit_code) == (["E019"], 2)
    assert "did you mean `max-params`" in reading.findings[0].diagnostic.message


def test_the_repository_says_nothing_of_the_gallery(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "netinspect.toml").write_text("max-params = 1\n")
    assert codes(read("lenet", Settings())) == []


# --- a single layer --------------------------------------------------------------------------


def test_a_single_layer():
    reading = read_layer("Linear(2)", [((4,), "float32")], Settings(batch_size=3))
    assert (reading.profile.totals.params, reading.profile.totals.macs, reading.exit_code) == (10, 24, 0)
    broken = read_layer("Linear(2, bais=False)", [((4,), "float32")], Settings())
    assert (codes(broken), broken.exit_code) == (["E201"], 2)
