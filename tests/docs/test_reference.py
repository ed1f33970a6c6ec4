"""The reference pages leave nothing out: every option, column and message is in them."""

import re

import pytest
import typer.main

from netinspect.cli import main
from netinspect.report.columns import BY_NAME
from tests.docs.examples import ROOT

main._register(main.COMMANDS)
COMMANDS = typer.main.get_command(main.app).commands


def page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_every_command_is_documented(command):
    options = [option for parameter in COMMANDS[command].params for option in parameter.opts if option[:2] == "--"]
    text = page("commands.md")
    assert [option for option in options if option not in text] == []


def test_every_column_is_documented():
    listed = re.search(r"`--columns` takes `([^`]*)`", page("commands.md"))[1].split()
    assert listed == list(BY_NAME)


def test_every_message_a_spec_can_get_is_documented_and_none_else():
    sources = (path for path in (ROOT / "src" / "netinspect").rglob("*.py") if path.name != "codes.py")
    code = re.compile(r'(?<!< )"([EWN]\d{3})"')  # and not the bound between mistakes and failed checks
    raised = {found for path in sources for found in code.findall(path.read_text(encoding="utf-8"))}
    documented = re.findall(r"^\| \[?([EWN]\d{3})\b", page("findings.md"), re.MULTILINE)
    assert sorted(documented) == documented
    assert sorted(raised - set(documented)) == []
    assert sorted(set(documented) - raised) == []
