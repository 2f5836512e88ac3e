"""Inputs: which is which, and which are not the same in both specs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from nnspec.comparing.structure.differences import (
    Difference,
    compare_facts,
    compare_things,
    interval,
    present,
    texts,
)
from nnspec.comparing.structure.pairing import closeness, same_or_alike, spelling
from nnspec.comparing.structure.renames import Renames
from nnspec.spec.model import Input, Transform
from nnspec.spec.resolved import Resolved

ENOUGH = 3
"""So many points of evidence make an input under another name the same one."""


def compare_inputs(old: Resolved, new: Resolved, to: Renames) -> Iterator[Difference]:
    """Inputs added, removed, renamed and changed."""
    before, after = _inputs(old), _inputs(new)
    return compare_things("input", before, after, to.inputs, _shown, _changed)


def _inputs(network: Resolved) -> dict[str, Input]:
    return {item.name: item for item in network.spec.inputs}


def _changed(name: str, old: Input, new: Input) -> Iterator[Difference]:
    yield from compare_facts("input", name, _facts(old, new), _facts(new, old))
    before, after = old.category_texts, new.category_texts
    for text in after:
        if text not in before:
            yield Difference("input", name, "added", "category", new=text)
    for text in before:
        if text not in after:
            yield Difference("input", name, "removed", "category", old=text)


def _facts(item: Input, other: Input) -> dict[str, Any]:
    # Without a column of its own in either spec, a column goes by the name and needs no mention.
    implied = item.column is None and other.column is None
    return {
        "type": item.type,
        "range": interval(item.range),
        "unit": item.unit,
        "column": None if implied else item.column_name,
        "missing": item.missing,
        "transform": _transforms(item.transforms),
        **texts(item, "title", "description"),
    }


def _transforms(steps: tuple[Transform, ...]) -> Any:
    found = [{step.kind: list(step.parameters)} if step.parameters else step.kind for step in steps]
    return found or None


def _shown(item: Input) -> dict[str, Any]:
    return present({**_facts(item, item), "categories": list(item.categories) or None})


# -- which is which -------------------------------------------------------------------------------


def match_inputs(old: Resolved, new: Resolved) -> dict[str, str]:
    """By old name the new one: by name first, then by all that speaks for it."""
    before, after = _inputs(old), _inputs(new)
    sends, now_sends = _fan_outs(old), _fan_outs(new)

    def evidence(a: str, b: str) -> float:
        return _evidence(before[a], after[b], sends.get(a, {}), now_sends.get(b, {}))

    return same_or_alike(before, after, evidence, ENOUGH)


def _fan_outs(network: Resolved) -> dict[str, dict[str, float]]:
    """By input, where its synapses lead, with their weights."""
    owners = {unit: item.name for item in network.spec.inputs for unit in item.units}
    found: dict[str, dict[str, float]] = {}
    for neuron in network.named.values():
        for source, weight, _ in neuron.synapses:
            if source in owners:
                category = source[len(owners[source]) :]
                found.setdefault(owners[source], {})[f"{category} -> {neuron.name}"] = weight
    return found


def _evidence(
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
    return frozenset(item.category_texts) or None


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
    near = sum(closeness(sends.get(t), now_sends.get(t)) for t in targets) / len(targets)
    return 1.0 if near >= 0.8 else 0.0 if near >= 0.3 else -2.0
