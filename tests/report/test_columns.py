"""The columns of the table: what a folded line says of all its turns."""

from netinspect.analysis.profile import profile
from netinspect.report.columns import layout
from netinspect.report.table import table
from tests.network.building import network


def test_a_folded_line_has_the_share_of_all_its_turns_and_sees_what_its_first_and_last_see():
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
    assert [line.partition(share)[2].strip() for line in text.splitlines() if share in line] == [
        "31×31",  # outer: fifteen times two cells more
        "31×31",  # its five turns
        "7×7 – 31×31",  # what the first and the last of them have: three turns
        "7×7 – 31×31",
        "3×3 – 31×31",  # the convolution of the first and the last of these
    ]
