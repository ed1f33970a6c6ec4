"""Results of `check` that are made up in a test, and a repository whose names are hostile to every format."""

import os

from hypothesis import strategies as st

from netinspect.checking import Check, CheckedFile, CheckedNetwork
from netinspect.errors import Diagnostic, Edit, Span
from netinspect.findings import Finding
from netinspect.language import Source

GOOD = """\
name: Good
input: [1, 12, 12]
layers:
  - Flatten
  - fc: Linear(10)
"""
BROKEN_VARIANT = """\
input: [1, 12, 12]
vars: {width: 4, kernel: 3}
variants:
  wide: {width: 8}
  tall: {kernel: 99}
layers:
  - conv: Conv2d(width, kernel_size=kernel)
  - Flatten
  - fc: Linear(10)
"""
HOSTILE = "name: \"a | b `c` <script>alert(1)</script> @octocat #1 '=cmd()' \\u00fc\"\n"
FILES = {
    "good.yaml": GOOD,
    "broken.yaml": BROKEN_VARIANT,
    "fixable.yaml": "input: [5, 8]\nlayers:\n  - lstm: LSTM(4, dropout=0.5, batch_first=True)\n",
    "over budget.yaml": GOOD + "budget: {params: 1_000}\n",
    "unmet.yaml": GOOD + "expect: {params: 7}\n",
    "\n::error::=cmd()|`x` <script> ,é%0A'\".yaml": HOSTILE + GOOD.partition("\n")[2] + "budget: {params: 5}\n",
    "mistake.yaml": "input: [4]\nlayers:\n  - \"::error::a|b\": Linear('`<script>```', ##[error]\n  - Linaer(4)\n",
    "notes.yaml": "no: spec\n",
}
"""By file name what a folder `specs` holds."""


def repository(folder):
    """The folder with these files in its `specs`."""
    (folder / "specs").mkdir()
    for name, text in FILES.items():
        (folder / "specs" / name).write_text(text, encoding="utf-8")
    return folder


def finding(code="E601", message="wrong", line=1, file="net.yaml", variant=None, also=(), text="a\nb\nc", **words):
    """A finding with the text of its file around it; `line` None for one about the whole file."""
    span = Span(line, 2, line, 3) if line is not None else None
    diagnostic = Diagnostic(code, message, span, **words)
    return Finding(diagnostic, diagnostic.severity, Source(file, text), file, variant, also)


def check_of(findings, **more):
    """A check in which these were found, with a network for each file and variant."""
    files = {}
    for each in findings:
        files.setdefault(each.file, {}).update(dict.fromkeys((each.variant, *each.also)))
    checked = tuple(
        CheckedFile(
            file,
            None,
            tuple(CheckedNetwork(file, variant, None, (), None) for variant in variants),
            tuple(each for each in findings if each.file == file),
        )
        for file, variants in files.items()
    )
    return Check(checked, tuple(findings), **more)


words = st.text(st.characters(), max_size=40)
"""Any text at all, line ends, controls and lone surrogates among it."""

file_names = st.text(min_size=1, max_size=20) | st.binary(min_size=1, max_size=20).map(os.fsdecode)
"""Names as an operating system may give them, those that are no text among them."""

findings = st.lists(
    st.builds(
        finding,
        code=st.sampled_from(["E101", "E601", "W201", "N002"]),
        message=words,
        line=st.none() | st.integers(1, 5),
        file=file_names,
        variant=st.none() | words,
        text=words,
        note=st.none() | words,
        help=st.none() | words,
        fix=st.sampled_from([(), (Edit(Span(1, 1, 1, 2), "`\n|"),)]),
    ),
    max_size=6,
)
