"""How alike two neurons are, or two inputs: what finds a thing again under another name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher

from nnspec.comparing.structure.facts import NeuronFacts
from nnspec.spec.model import Input, category_text

ALIKE = 0.7
"""From here on a neuron under another name is taken for the same one."""

ENOUGH = 3
"""So many points of evidence make an input under another name the same one."""

SHARED_SOURCE = 0.3
"""What a synapse from the same source counts, of 1, however its weight changed."""


WEIGHTS, FUNCTIONS, SAID = 0.75, 0.1, 0.15
"""What a neuron's weights count, its functions, and what is said of it."""


def neuron_likeness(old: NeuronFacts, new: NeuronFacts) -> float:
    """How alike two neurons are, from 0 to 1; the old one's sources under their new names.

    Synapses and bias count for most, each as one fact: 1 for the same weight, less the further it
    moved, nothing for a source of one neuron only or a weight of the other sign. What the neurons
    say of themselves, and how their names are spelt, can tip the scales.
    """
    sources = set(old.values) | set(new.values)
    facts = [_closeness(old.values.get(s), new.values.get(s)) for s in sources]
    if old.bias_value != 0 or new.bias_value != 0:
        facts.append(_closeness(old.bias_value, new.bias_value))
    weights = sum(facts) / len(facts) if facts else 1.0
    functions = 0.5 * (old.functions.aggregation == new.functions.aggregation) + 0.5 * (
        old.functions.activation == new.functions.activation
    )
    said = _said_alike(old, new)
    return WEIGHTS * weights + FUNCTIONS * functions + SAID * said


def _said_alike(old: NeuronFacts, new: NeuronFacts) -> float:
    """How alike descriptions, units and the spelling of names are, from 0 to 1."""
    a, b = old.neuron, new.neuron
    pairs = [(a.description, b.description), (a.title, b.title), (a.unit, b.unit)]
    told = [first == second for first, second in pairs if first is not None or second is not None]
    spelt = spelling(a.name, b.name)
    return max(spelt, sum(told) / len(told)) if told else spelt


def spelling(old: str, new: str) -> float:
    """How alike two names are spelt, from 0 to 1."""
    return SequenceMatcher(None, old[:128].casefold(), new[:128].casefold()).ratio()


def _closeness(old: float | None, new: float | None) -> float:
    if old is None or new is None:
        return 0.0
    if old == new:
        return 1.0
    if (old < 0) != (new < 0):
        return 0.0
    return SHARED_SOURCE + (1 - SHARED_SOURCE) * min(abs(old), abs(new)) / max(abs(old), abs(new))


def input_evidence(
    old: Input, new: Input, sends: Mapping[str, float], now_sends: Mapping[str, float]
) -> float:
    """Points that speak for two inputs being the same one; those against are subtracted.

    Parameters
    ----------
    sends, now_sends
        Where the old one's synapses lead, and the new one's, with their weights; keys are
        category and target, so that neurons that kept their names are compared.
    """
    if old.type != new.type:
        return -1.0
    points = 0.0
    if old.column_name == new.column_name:
        points += 3
    elif old.column is not None and new.column is not None:
        points -= 1
    points += _agree(_categories(old), _categories(new), 3)
    points += _said_points(old.description, new.description)
    points += _said_points(old.title, new.title)
    points += _agree(old.unit, new.unit, 2)
    points += _agree(None if old.range == OPEN else old.range,
                     None if new.range == OPEN else new.range, 1)  # fmt: skip
    points += _agree(old.transforms or None, new.transforms or None, 1)
    points += _agree(old.missing, new.missing, 1)
    return points + _fan_out(sends, now_sends) + 0.5 * spelling(old.name, new.name)


OPEN = (None, None)


def _categories(item: Input) -> frozenset[str] | None:
    return frozenset(map(category_text, item.categories)) or None


def _said_points(old: str | None, new: str | None) -> float:
    """Words may be reworded: they speak for two inputs being the same, never against."""
    if old is None or new is None:
        return 0.0
    ratio = SequenceMatcher(None, old[:200], new[:200]).ratio()
    return 2 * ratio if ratio >= 0.6 else 0.0


def _agree(old: object, new: object, points: float) -> float:
    if old is None and new is None:
        return 0.0
    return points if old == new else -1.0


def _fan_out(sends: Mapping[str, float], now_sends: Mapping[str, float]) -> float:
    """Evidence of where an input leads: much if to the same neurons with the same weights."""
    if not sends or not now_sends:
        return 0.0
    if sends == now_sends:
        return 3.0
    if sorted(sends.values()) == sorted(now_sends.values()):
        return 2.0
    targets = set(sends) | set(now_sends)
    near = sum(_closeness(sends.get(t), now_sends.get(t)) for t in targets) / len(targets)
    return 1.0 if near >= 0.8 else 0.0 if near >= 0.3 else -2.0
