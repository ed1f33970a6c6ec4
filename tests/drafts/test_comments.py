"""Comments of lines that are written anew: they stay, at the line that says the same."""

import re

import pytest

from netinspect.drafts.foreign import with_comments
from tests.drafts.outcomes import CASES, followed, reading

WRITTEN = {
    "Keras": (
        """\
        # first stage
        - Conv2D(32, (3, 3), activation='relu')   # edges
        - MaxPooling2D((2, 2))
        # head
        - Flatten()
        - Dense(10)  # scores""",
        """\
        # first stage
        - Conv2d(32, kernel_size=3)  # edges
        - ReLU
        - MaxPool2d(2)
        # head
        - Flatten
        - Linear(10)  # scores""",
    ),
    "mappings": (
        """\
        - type: Conv2d   # edges
          out_channels: 8
          kernel_size: 3   # small
        # then a pool
        - type: MaxPool2d
          kernel_size: 3
        # scores
        - type: Linear
          out_features: 10   # "ten" digits
        # end""",
        """\
        - Conv2d(8, kernel_size=3)  # edges; small
        # then a pool
        - MaxPool2d(3)
        # scores
        - Linear(10)  # "ten" digits
        # end""",
    ),
    "torch": (
        """\
        - conv1: nn.Conv2d(3, 8, 3)   # edges
        - x = F.relu(self.conv1(x))
        # the row of C#
        - x = x.flatten(1)
        - nn.Linear(7200, 10)""",
        """\
        - conv1: Conv2d(3, 8, 3)  # edges
        - ReLU
        # the row of C#
        - Flatten
        - Linear(7200, 10)""",
    ),
}


@pytest.mark.parametrize(("lines", "anew"), WRITTEN.values(), ids=WRITTEN)
def test_a_comment_stays_at_its_line(lines, anew):
    bare = [re.sub(r"\s+#.*", "", line) for line in anew.split("\n") if not line.lstrip().startswith("#")]
    assert "\n".join(with_comments(lines.split("\n"), bare)) == anew


def test_a_comment_of_a_draft_is_in_the_spec_that_it_becomes():
    seen = 0
    for case in sorted(folder for folder in CASES.iterdir() if (folder / "mended.yaml").exists()):
        draft = (case / "draft.yaml").read_text("utf-8")
        if not re.search(r"^layers:", draft, re.MULTILINE) or reading(draft).network is not None:
            continue
        comments = re.findall(r"^[^'\"]*?(?:^|\s)# ?(\w.*)$", draft, re.MULTILINE)
        mended = followed(draft)
        assert [comment for comment in comments if comment.strip() not in mended] == [], case.name
        seen += len(comments)
    assert seen > 10


def test_lines_without_comments_stay_as_they_are():
    assert with_comments(["- a: '#'", "- b"], ["- c", "", "- d"]) == ["- c", "", "- d"]
    assert with_comments(["# gone"], [""]) == [""]
