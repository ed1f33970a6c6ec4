"""Markdown for a summary and a comment: tables that stay tables, nothing that a spec marks up, and the limits."""

import re

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from netinspect.report.check import document, markdown
from tests.cli.running import run_here
from tests.report.check.checks import GOOD, check_of, finding, findings


def rendered(text):
    """The HTML as GitHub makes it of tables and text, without its mentions."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(text)


def rows(text):
    return re.findall(r"<tr>\n(.*?)</tr>", rendered(text), re.DOTALL)


@given(findings)
def test_whatever_is_said_there_is_a_row_of_four_cells_a_finding(found):
    text = document(check_of(found), "markdown")
    text.encode("utf-8")
    table = rows(text)
    assert len(table) == (len(found) + 1 if found else 0)
    assert all(len(re.findall(r"<t[hd][ >]", row)) + row.count("<td>\n") == 4 for row in table)


@given(findings)
def test_whatever_is_said_nothing_is_marked_up(found):
    html = rendered(document(check_of(found), "markdown"))
    tags = set(re.findall(r"</?([a-z]+)", html))
    assert tags <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "code"}


def test_nobody_is_called_and_nothing_is_linked():
    html = rendered(document(check_of([finding(message="@octocat #12 [x](http://y) `z` <b>")]), "markdown"))
    row = rows(document(check_of([finding(message="@octocat #12 [x](http://y) `z` <b>")]), "markdown"))[1]
    assert "@octocat" not in row
    assert "#12" not in row
    assert "<a " not in html
    assert "<b>" not in html


def test_a_fence_is_longer_than_any_in_the_spec():
    html = rendered(document(check_of([finding(text="````` </details>\n```\n```", line=1)]), "markdown"))
    assert html.count("<pre>") == 1
    assert html.count("</details>") == 1


@pytest.mark.parametrize("most", [2_000, markdown.MOST, (1 << 20) - 1])
def test_5000_findings_stay_below_the_limit_and_those_left_out_are_counted(most):
    found = [finding(message=f"wrong × {n}", file=f"specs/é{n:05}.yaml", note="why") for n in range(5000)]
    text = markdown.document(check_of(found), color=False, most=most)
    assert len(text.encode("utf-8")) <= most
    assert len(text) > most // 3 or most > 1_000_000
    told = len(rows(text)) - 1
    left = re.search(r"\n([\d,]+) further findings are left out here", text)
    assert told + (int(left[1].replace(",", "")) if left else 0) == 5000


def test_the_usual_limit_is_that_of_a_comment():
    found = [finding(message="m" * 200, file=f"{n}.yaml") for n in range(5000)]
    assert len(document(check_of(found), "markdown")) < 65_536


def test_rows_are_whole():
    found = [finding(message="m" * n) for n in range(0, 400, 3)]
    for most in range(2000, 4000, 97):
        text = markdown.document(check_of(found), color=False, most=most)
        assert len(text.encode("utf-8")) <= most
        assert all(len(re.findall(r"<t[hd]", row)) == 4 for row in rows(text))


def test_nothing_found_is_one_line():
    assert document(check_of([]), "markdown") == "**netinspect: 0 networks in 0 files: nothing found**\n"


# --- against a baseline ----------------------------------------------------------------------


def against(folder, texts, *options):
    """The Markdown of specs against what they were, from (before, after) by name."""
    (folder / "old").mkdir()
    (folder / "specs").mkdir()
    for name, (before, after) in texts.items():
        if before:
            (folder / "old" / name).write_text(before)
        if after:
            (folder / "specs" / name).write_text(after)
    stored = run_here("summary", *sorted(folder.glob("old/*")), "--format", "json").stdout
    (folder / "base.json").write_text(stored.replace(f"{folder}/old/", "specs/"))
    return run_here("check", "--format", "markdown", "--baseline", "base.json", *options, cwd=folder).stdout


def test_the_totals_that_changed_and_the_layers(tmp_path):
    wider = GOOD.replace("Linear(10)", "Linear(20)")
    text = against(tmp_path, {"net.yaml": (GOOD, wider), "same.yaml": (GOOD, GOOD)})
    assert "| specs/net.yaml | params | 1,450 | 2,900 | +1,450 (+100.0%) |" in text
    assert "same.yaml" not in text
    assert "<summary>The layers that changed</summary>" in text
    assert "**specs/net.yaml**" in text
    assert "| fc | changed | Linear | 10 → 20 | 2,900 | +1,450 | 2,880 | +1,440 |" in text


def test_what_is_new_renamed_or_gone_is_said(tmp_path):
    wide, deep = (GOOD.replace("10)", f"{width})").replace("Good", f"Of {width}") for width in (20, 30))
    text = against(
        tmp_path, {"a.yaml": (GOOD, None), "b.yaml": (None, GOOD), "c.yaml": (None, wide), "d.yaml": (deep, None)}
    )
    assert "- specs/b.yaml was specs/a.yaml in the baseline" in text
    assert "- specs/c.yaml is new: it is not in the baseline" in text
    assert "- specs/d.yaml is in the baseline alone" in text


def test_another_input_is_said_first(tmp_path):
    text = against(tmp_path, {"net.yaml": (GOOD, GOOD.replace("12, 12", "14, 14"))})
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert table[2].startswith("| specs/net.yaml | input | 1×12×12 | 1×14×14 |")


def test_no_change_is_said(tmp_path):
    text = against(tmp_path, {"net.yaml": (GOOD, GOOD)})
    assert "No network costs more or less than it did." in text
    assert "|" not in text


def test_a_baseline_without_layers_makes_no_layer_new(tmp_path):
    (tmp_path / "specs").mkdir()
    spec = tmp_path / "specs" / "net.yaml"
    spec.write_text(GOOD)
    (tmp_path / "base.json").write_text(run_here("check", "--format", "json", cwd=tmp_path).stdout)
    spec.write_text(GOOD.replace("10)", "20)"))
    text = run_here("check", "--format", "markdown", "--baseline", "base.json", cwd=tmp_path).stdout
    assert "| specs/net.yaml | params | 1,450 | 2,900 |" in text
    assert "added" not in text
