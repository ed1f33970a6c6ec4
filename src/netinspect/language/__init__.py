"""The spec language: bytes to source, source to a syntax tree, mistakes to messages.

Imports nothing but `errors`, and PyYAML once a spec is read.
"""

from netinspect.language.messages import closest, printable, render
from netinspect.language.numbers import parse_bytes, parse_count
from netinspect.language.parse import Parsed, parse, parse_expression, parse_step
from netinspect.language.source import MAX_BYTES, STDIN, Source, decoded, encoding_of, read_source

__all__ = [
    "MAX_BYTES",
    "STDIN",
    "Parsed",
    "Source",
    "closest",
    "decoded",
    "encoding_of",
    "parse",
    "parse_bytes",
    "parse_count",
    "parse_expression",
    "parse_step",
    "printable",
    "read_source",
    "render",
]
