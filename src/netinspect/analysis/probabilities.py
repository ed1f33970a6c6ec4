"""What the numbers of a value are, from the spec alone: probabilities, shares of a whole, or numbers without such a
meaning, of which a picture may have to take the softmax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netinspect.catalogue.entry import Effect
from netinspect.network.network import Call, Network, Value

_PROBABLE: Final[frozenset[Effect | None]] = frozenset({"chances", "shares"})


def last_effect(value: Value, network: Network) -> Effect | None:
    """What the last call that does more than move numbers makes of them. It is "chances" too where they are made of
    probabilities alone in a way that keeps them between 0 and 1: as their mean, product or weighted mean."""
    makers = network.makers
    call = makers.get(value)
    if call is None:
        return None
    if call.entry.effect == "moves" and call.inputs:
        effects = {last_effect(source, network) for source in call.inputs if source.type.is_float}
        if len(effects) == 1:
            return effects.pop()
    elif call.entry.effect in _PROBABLE:
        return call.entry.effect
    return "chances" if value in _chances(network, makers) else call.entry.effect


def _chances(network: Network, makers: Mapping[Value, Call]) -> set[Value]:
    """The values that are sure to lie between 0 and 1 because a sigmoid or a softmax made what they are made of."""
    chances: set[Value] = set()
    for call in network.calls:
        effect, sources = call.entry.effect, [source for source in call.inputs if source.type.dtype != "bool"]
        if effect == "moves":
            sources = [source for source in sources if source.type.is_float]  # the others say which are moved
        keeps = effect in ("moves", "drops") or call.entry.keeps_chances
        if keeps and effect == "computes":  # here a number is no axis, but a factor or a bound
            keeps = all(0 <= number <= 1 for number in call.forward if isinstance(number, int | float))
        keeps = keeps or (call.entry.torch == "operator.sub" and call.forward[0] == 1)  # 1 − p
        is_kept = keeps and bool(sources) and chances.issuperset(sources)
        if effect in _PROBABLE or is_kept or _is_mean(call, chances, makers):
            chances.update(output for output in call.outputs if output.type.is_float)
    return chances


def _is_mean(call: Call, chances: set[Value], makers: Mapping[Value, Call]) -> bool:
    """A weighted mean of probabilities: Σ p·w ÷ Σ w, or Σ p·w with weights w of a softmax along that axis."""
    is_quotient = call.entry.torch == "operator.truediv" and len(call.inputs) == 2
    sums = [makers[value] for value in call.inputs if value in makers] if is_quotient else [call]
    if len(sums) != 1 + is_quotient or any(total.entry.torch != "torch.sum" for total in sums):
        return False
    product = makers.get(sums[0].inputs[0])
    if product is None or product.entry.torch != "operator.mul" or not chances.issuperset(product.inputs):
        return False
    axes, shape = sums[0].result.reach.mixes, product.outputs[0].type.shape
    for weight in product.inputs:
        sizes, maker = weight.type.shape, makers[weight]
        if len(product.inputs) != 2 or len(sizes) != len(shape) or any(sizes[axis] != shape[axis] for axis in axes):
            continue  # with a weight that is stretched along an axis the sums are of different numbers
        if is_quotient and sums[1].inputs[0] is weight and sums[1].result.reach == sums[0].result.reach:
            return True
        if not is_quotient and maker.entry.effect == "shares" and maker.result.reach.mixes == axes:
            return True
    return False
