"""The FLOPs of attention's biases, counted by hand over the additions that torch makes."""

import pytest

from netinspect.analysis.profile import profile
from tests.network.building import network


@pytest.mark.parametrize(("queries", "keys"), [(5, 5), (5, 9), (9, 5), (1, 7)])
@pytest.mark.parametrize("batch", [1, 3])
def test_every_projected_row_has_its_bias_added(queries, keys, batch):
    """E additions for each query and its output, E for each key and its value."""
    net = network(f"""
        inputs: {{q: [{queries}, 8], k: [{keys}, 8]}}
        layers:
          - (q, k, k): MultiheadAttention(num_heads=2, batch_first=True)
    """, batch_size=batch)  # fmt: skip
    buckets = dict(profile(net).totals.flop_buckets)
    assert buckets["bias"] == batch * (2 * queries * 8 + 2 * keys * 8)
