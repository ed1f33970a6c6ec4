"""The example of every catalogue entry, as a network of its own, is built and confirmed by torch."""

import pytest

from netinspect.catalogue import ENTRIES
from netinspect.reference.examples import example_network
from netinspect.torch_backend.verify import verify
from tests.catalogue.tally import NETWORK, compared


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_the_example_of_an_entry_is_built_and_confirmed(entry):
    net = example_network(entry)
    assert entry in [call.entry for call in net.calls]
    compared(NETWORK, entry.name)
    assert verify(net).differences == ()
