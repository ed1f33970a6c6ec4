"""The one table of codes: what every E, W and N means, in a line. Documents and `--explain` are read from it."""

from __future__ import annotations

from typing import Final

from netinspect.findings.rules import all_rules
from netinspect.findings.selection import is_mistake

MISTAKES: Final = {
    "E001": "a tab indents a line",
    "E002": "YAML split a line at a comma inside its brackets: write one a line",
    "E003": "`kernel_size: 5` inside brackets: arguments use `=`",
    "E004": "`: ` inside a line",
    "E005": "`conv1 = Conv2d(…)`: names use a colon",
    "E006": "a bracket that is never closed",
    "E007": "a key given twice",
    "E008": "anchors and aliases",
    "E009": "tags",
    "E010": "a second document",
    "E011": "the file is empty, a list, or no mapping",
    "E012": "an unknown key",
    "E013": "`layers` is a mapping; order matters, so write a list",
    "E014": "a newer netspec than the program knows",
    "E015": "not UTF-8 or UTF-16 text, or a control character",
    "E016": "other YAML that does not parse",
    "E017": "a line that does not parse",
    "E018": "`input` or `layers` is missing",
    "E019": "a spec that cannot be found or read",
    "E020": "a list or a file that is written as another tool has it, rewritten as a spec",
    "E101": "no layer type or function of that name",
    "E102": "a name of Keras or TensorFlow; the message has torch's",
    "E103": "a function that needs a weight tensor, where the layer is meant: `conv2d`, `Conv2d`",
    "E104": "an undefined name, or one whose line is left out by its `if`",
    "E105": "a name that is defined below",
    "E106": "a name inside another list: write its path (`features.relu3`)",
    "E107": "a name given to two lines, or to two outputs",
    "E108": "a name that cannot be used",
    "E109": "a bare `relu` after `relu: ReLU`: the same weights, a new layer, or the value?",
    "E110": "no such output, or a list used as a tensor",
    "E111": "`no`, `off`, `yes`: write False or True, or quote it",
    "E112": "an unknown variant, or an unknown name in `--set`",
    "E113": "refused by design: a loss, a container, a Lazy class, weight_norm …",
    "E201": "an unknown argument",
    "E202": "a missing argument",
    "E203": "too many values without a name",
    "E204": "a stated size is not the input's",
    "E205": "not a whole number (`784 / 2` is a fraction, `784 // 2` is not)",
    "E206": "groups or heads do not divide the channels",
    "E207": "something that must be said (`dim`, `batch_first`)",
    "E208": "an unknown parameter of a block",
    "E209": "a layer made inside a function call",
    "E210": "an operator that tensors do not have (`%`, `==`)",
    "E211": "out of range (`kernel_size=0`, `p=1.5`)",
    "E212": "the wrong type (`bidirectional='yes'`)",
    "E213": "the wrong word",
    "E214": "a tuple of the wrong length",
    "E215": "an index out of range, or a division by zero",
    "E216": "the wrong number of inputs",
    "E217": "a line that, called again with other sizes, would be another layer",
    "E218": "a layer of one's own (`--custom-layers`) that torch refuses",
    "E301": "the kernel is larger than the input",
    "E302": "nothing is left of the image",
    "E303": "`add` or `mul` of shapes that do not fit",
    "E304": "`cat` of sizes that differ",
    "E305": "the wrong rank for the layer",
    "E306": "the wrong dtype (Embedding on floats, Conv2d on ids)",
    "E307": "right for one batch size only",
    "E308": "sizes that do not multiply up in a reshape",
    "E309": "inner sizes of a matrix product that differ",
    "E401": "an output that no line defines",
    "E402": "tied shapes that differ",
    "E403": "no such path in `tie` or `frozen`, or a parameter tied to itself",
    "E501": "too many repeats or lines",
    "E502": "a number that is too large",
    "E503": "a block that contains itself",
    "E504": "a file that is too large or too deep, or has a hundred mistakes",
    "E602": "a checkpoint whose keys or shapes do not fit (`verify --weights`)",
    "E604": "more than the baseline allows (`--fail-on-increase`)",
    "E605": "not comparable with the baseline: the input has another size, or it is broken there",
    "W001": "an ignore that names no code that there is, or says no reason",
    "N004": "an ignore that ignores nothing",
}
"""Codes that no rule has: mistakes of the language, and what commands find."""


def code_mistake(code: str, *, ignoring: bool) -> str | None:
    """What is wrong with a code, or the beginning of several, that is selected or ignored; None where nothing is."""
    fitting = [known for known in titles() if known.startswith(code)]
    if not code or not fitting:
        return f"there is no code `{code}`: write one as W201, or W2 for all that begin so"
    if ignoring and all(is_mistake(known) for known in fitting):
        return f"`{code}` is a mistake, and a spec with mistakes is no network: it cannot be ignored"
    return None


def titles() -> dict[str, str]:
    """Every code and what it means, in order."""
    return dict(sorted({**MISTAKES, **{rule.code: rule.title for rule in all_rules()}}.items()))
