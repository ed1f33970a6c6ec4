"""The columns of the table: what a folded line says of all its turns."""

from netinspect.analysis.profile import profile
from netinspect.report.lines import layout
from netinspect.report.table import table
from tests.network.building import network


def test_a_folded_line_has_the_share_of_all_its_turns_and_sees_what_its_last_sees():
    net = network("""
        input: [4, 64, 64]
        blocks:
          Pair:
            - Conv2d(4, kernel_size=3, padding=1)
            - ReLU
          Three:
            - inner: 3 * Pair
        layers:
          - stem: Conv2d(4, kernel_size=1)
          - outer: 5 * Three
    """)
    text = table(profile(net), layout(("macs-share", "sees"), depth=9))
    cells = {line.split()[0]: line.split()[-2:] for line in text.splitlines() if "%" in line}
    # 15 convolutions of 9·4 products beside one of 4, at every place
    assert cells["stem"] == [f"{100 * 4 / (15 * 36 + 4):.1f}%", "1×1"]
    share = f"{100 * 15 * 36 / (15 * 36 + 4):.1f}%"
    assert [line.split()[-2:] for line in text.splitlines() if share in line] == [
        [share, "31×31"],  # outer: fifteen times two cells more
        [share, "31×31"],  # its five turns
        [share, "7×7"],  # what the first of them has: three turns
        [share, "7×7"],
        [share, "3×3"],  # the convolution of the first of these
    ]
