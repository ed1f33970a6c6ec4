"""The example of every catalogue entry, as a network of its own, is built and confirmed by torch."""

import pytest

from netinspect.catalogue import ENTRIES
from netinspect.torch_backend.verify import verify

SPECIAL = {
    **{
        f"MaxUnpool{rank}d": f"""
            input: {["c", *sizes]}
            layers:
              - pool: MaxPool{rank}d(2, return_indices=True)
              - (pool, pool.indices): MaxUnpool{rank}d(2)
        """.replace("'c'", "3")
        for rank, sizes in ((1, [8]), (2, [8, 8]), (3, [8, 8, 8]))
    },
    **{
        f"{name}{rank}d": f"""
            input: {[4, *[9] * rank]}
            parameters:
              weight: {[4, 4, *[3] * rank]}
              bias: 4
            layers:
              - {name}{rank}d(input, weight, bias, stride=2)
        """
        for name in ("conv", "conv_transpose")
        for rank in (1, 2, 3)
    },
    "linear": "input: [5, 4]\nparameters: {weight: [3, 4], bias: 3}\nlayers:\n  - linear(input, weight, bias)",
    "bilinear": """
        inputs: {a: [4], b: [5]}
        parameters:
          weight: (3, 4, 5)
        layers:
          - bilinear(a, b, weight)
    """,
    "embedding": """
        input: {shape: {time: 5}, dtype: int64, high: 7}
        parameters:
          weight: (7, 3)
        layers:
          - embedding(input, weight)
    """,
    "batch_norm": """
        input: [3, 8, 8]
        parameters: {mean: 3, var: 3}
        layers:
          - batch_norm(input, mean, var)
    """,
    "index_select": "input: [50, 64]\nlayers:\n  - index_select(input, 1, arange(10))",
    "gather": """
        inputs: {a: [50, 64], b: [50, 64]}
        layers:
          - top(b): topk(5, dim=1)
          - gather(a, 1, top.indices)
    """,
    **{
        name: f"input: [50, 64]\nlayers:\n  - parts: {call}\n  - add(parts[0], parts[-1])"
        for name, call in (("chunk", "chunk(2, dim=2)"), ("split", "split(16, dim=2)"), ("unbind", "unbind(1)"))
    },
}


def spec_of(entry):
    """The entry's example with the inputs it is shown with."""
    key, colon, call = entry.example.rpartition("): ")
    kinds = [
        f"{{shape: {list(kind.shape[1:])}, dtype: {kind.dtype}{', high: 7' if kind.dtype == 'int64' else ''}}}"
        for kind in entry.example_inputs
    ]
    if len(kinds) < 2:
        return f"input: {kinds[0] if kinds else [4]}\nlayers:\n  - {entry.example}\n"
    names = [name.strip() for name in key.lstrip("(").split(",")] if colon else ["a", "b", "c"]
    inputs = [f"  {name}: {kind}\n" for name, kind in zip(names, kinds, strict=False)]
    given = f"({', '.join(names[: len(kinds)])}): " if entry.is_layer else ""
    return f"inputs:\n{''.join(inputs)}layers:\n  - {given}{call if colon else entry.example}\n"


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_the_example_of_an_entry_is_built_and_confirmed(network, entry):
    net = network(SPECIAL.get(entry.name) or spec_of(entry))
    assert entry in [call.entry for call in net.calls]
    assert verify(net).differences == ()
