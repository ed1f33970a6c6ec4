"""A rule asked about a spec that is written in a test."""

from netinspect.analysis.profile import profile
from netinspect.findings.rule import subject
from netinspect.language import Source
from netinspect.network.load import elaborate_file, spec_file


def found(rule, text, **options):
    """The diagnostics of one rule, in the order in which it gives them."""
    file = spec_file(Source("net.yaml", text))
    network = elaborate_file(file, **options)
    return tuple(rule.check(subject(network, profile(network), file)))
