"""What a repository says of its specs: which file holds, and what is wrong with it."""

import pytest

from netinspect.configuration import LIMITS, NONE, configuration
from netinspect.errors import InputError


@pytest.fixture
def folder(tmp_path):
    inner = tmp_path / "specs" / "old"
    inner.mkdir(parents=True)
    return tmp_path


def written(folder, text, name="netinspect.toml"):
    (folder / name).write_text(text, encoding="utf-8")
    return configuration(folder)


# --- which file holds ------------------------------------------------------------------------


def test_without_a_file_nothing_is_said(folder):
    assert configuration(folder) == NONE
    assert (NONE.file, NONE.bounds, NONE.select) == (None, (), ())


def test_the_nearest_file_above_a_spec_holds_alone(folder):
    (folder / "netinspect.toml").write_text('ignore = ["W1"]\nmax-params = 1\n')
    (folder / "specs" / "netinspect.toml").write_text('ignore = ["W2"]\n')
    inner = configuration(folder / "specs" / "old")
    assert (inner.file, inner.ignore, inner.bounds) == (folder / "specs" / "netinspect.toml", ("W2",), ())
    assert configuration(folder).ignore == ("W1",)


def test_a_table_in_pyproject(folder):
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.netinspect]\nselect = ["N"]\n')
    assert configuration(folder / "specs").select == ("N",)


def test_our_own_file_wins_over_pyproject(folder):
    (folder / "pyproject.toml").write_text('[tool.netinspect]\nselect = ["N"]\n')
    assert written(folder, 'select = ["W3"]\n').select == ("W3",)


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "x"\n',
        '[tool.ruff]\nselect = ["E"]\n',
        '# netinspect is used here\n[tool.ruff]\nselect = ["E"]\n',
        "this is no TOML, and none of our business",
        "",
    ],
)
def test_pyproject_without_our_table_is_passed_by(folder, text):
    (folder / "netinspect.toml").write_text('select = ["N"]\n')
    (folder / "specs" / "pyproject.toml").write_text(text)
    assert configuration(folder / "specs").select == ("N",)


def test_an_empty_file_ends_the_search(folder):
    (folder / "netinspect.toml").write_text('select = ["N"]\n')
    assert written(folder / "specs", "").select == ()


# --- what it says ----------------------------------------------------------------------------


def test_every_setting(folder):
    settings = written(
        folder,
        """
        include = ["specs/*.yaml"]
        exclude = ["specs/old"]
        select = ["N"]
        ignore = ["W303", "N00"]
        custom-layers = "my_layers.py"
        max-params = "25M"
        max-macs = 1000
        max-param-memory = "8MiB"
        max-peak-memory = "1KiB"
        [per-file-ignores]
        "specs/old/*" = ["W2"]
        """,
    )
    assert (settings.include, settings.exclude) == (("specs/*.yaml",), ("specs/old",))
    assert (settings.select, settings.ignore) == (("N",), ("W303", "N00"))
    assert settings.custom_layers == folder / "my_layers.py"
    assert [(bound.metric, bound.most) for bound in settings.bounds] == [
        ("params", 25_000_000),
        ("macs", 1000),
        ("param_bytes", 8 << 20),
        ("peak_activation_bytes", 1 << 10),
    ]
    assert [bound.origin for bound in settings.bounds] == [f"{key} of netinspect.toml" for key in LIMITS]
    assert settings.per_file_ignores == (("specs/old/*", ("W2",)),)


@pytest.mark.parametrize(
    ("pattern", "is_meant"),
    [
        ("specs/old/a.yaml", True),
        ("specs/old/*", True),
        ("specs/*", True),
        ("specs", True),
        ("specs/old/", True),
        ("old", True),
        ("a.yaml", True),
        ("*.yaml", True),
        ("specs/new/*", False),
        ("b.yaml", False),
        ("a.yam", False),
        ("spec", False),
    ],
)
def test_a_pattern_names_a_file_a_folder_above_it_or_its_name(folder, pattern, is_meant):
    settings = written(folder, f'per-file-ignores = {{"{pattern}" = ["W2"]}}\nignore = ["W1"]\n')
    spec = folder / "specs" / "old" / "a.yaml"
    assert settings.matches(spec, pattern) == is_meant
    assert settings.selection(spec).takes("W201") != is_meant
    assert not settings.selection(spec).takes("W101")


def test_patterns_say_nothing_of_files_elsewhere(folder, tmp_path_factory):
    assert not written(folder, "").matches(tmp_path_factory.mktemp("elsewhere") / "a.yaml", "*")


# --- what is wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max-param = 3", "no setting `max-param`; did you mean `max-params`"),
        ("frobnicate = 3", "no setting `frobnicate`; the keys are include, exclude"),
        ("select = 'W2'", "`select` is a list of texts"),
        ("ignore = [2]", "`ignore` is a list of texts"),
        ("include = {}", "`include` is a list of texts"),
        ("select = ['W2x']", "`select`: there is no code `W2x`: write one as W201, or W2 for all"),
        ("select = ['W299']", "`select`: there is no code `W299`"),
        ("ignore = ['w2']", "`ignore`: there is no code `w2`"),
        ("ignore = ['']", "`ignore`: there is no code ``"),
        ("ignore = ['W2', 'E301']", "`ignore`: `E301` is a mistake"),
        ("ignore = ['E5']", "`ignore`: `E5` is a mistake, and a spec with mistakes is no network: it cannot be"),
        ("per-file-ignores = ['W2']", "`per-file-ignores` is a table"),
        ("per-file-ignores = {'a.yaml' = 'W2'}", "`per-file-ignores.a.yaml` is a list of texts"),
        ("per-file-ignores = {'a.yaml' = ['Q']}", "`per-file-ignores.a.yaml`: there is no code `Q`"),
        ("per-file-ignores = {'a.yaml' = ['E112']}", "`per-file-ignores.a.yaml`: `E112` is a mistake"),
        ("custom-layers = ['a.py']", "`custom-layers` is the name of a file"),
        ("max-params = -1", "`max-params` is an amount, such as 100k"),
        ("max-params = true", "`max-params` is an amount"),
        ("max-macs = 1.5", "`max-macs` is an amount"),
        ("max-peak-memory = []", "`max-peak-memory` is an amount, such as 8MiB"),
        ("max-params = 'many'", "`max-params`: "),
        ("max-params = '8MiB'", "`max-params`: "),
        ("max-param-memory = '8k?'", "`max-param-memory`: "),
        ("select = [", "is no TOML: "),
    ],
)
def test_a_wrong_setting_is_told_with_its_file(folder, text, message):
    with pytest.raises(InputError) as raised:
        written(folder, text)
    assert str(raised.value).startswith(str(folder / "netinspect.toml"))
    assert message in str(raised.value)


@pytest.mark.parametrize("text", ['ignore = ["E", "E6", "E603"]', 'select = ["E3", "E301"]'])
def test_codes_of_checks_can_be_ignored_and_any_can_be_selected(folder, text):
    assert written(folder, text).file == folder / "netinspect.toml"


def test_what_is_not_text(folder):
    (folder / "netinspect.toml").write_bytes(b"select = ['\xff']")
    with pytest.raises(InputError, match="is no TOML"):
        configuration(folder)


@pytest.mark.parametrize("text", ["[tool]\nnetinspect = 3\n", "[[tool.netinspect]]\nselect = []\n"])
def test_a_table_of_ours_that_is_none(folder, text):
    with pytest.raises(InputError, match=r"pyproject\.toml: `tool\.netinspect` is no table"):
        written(folder, text, "pyproject.toml")


def test_a_file_without_an_end_is_not_read(folder):
    with pytest.raises(InputError, match="too large to look for settings in it: at most 1 MiB"):
        written(folder, "#" * (1 << 20) + "\n")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_of_another_editor(folder, encoding):
    (folder / "netinspect.toml").write_bytes('ignore = ["W301"]\n'.encode(encoding))
    assert configuration(folder).ignore == ("W301",)
