"""Numbers, values and counts of a comparison in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from nnspec.comparing.effects.data import Comparison, OutputChange, TableOutput
from nnspec.comparing.structure.differences import Difference
from nnspec.diagnostics.suggestions import counted, listed
from nnspec.views.numbers import exact_text, fixed_text, pair_texts, signed_text

LONGEST = 100
"""A longer text is cut around what differs."""


def fixed_pair(old: float | None, new: float | None) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ."""
    if old is None or new is None or old == new:
        return _or_none(old), _or_none(new)
    texts = pair_texts(old, new, fixed_text, range(7, 17))
    return texts if texts[0] != texts[1] else (exact_text(old), exact_text(new))


def _or_none(value: float | None) -> str:
    return "no value" if value is None else fixed_text(value)


def signed_fixed(value: float, digits: int = 7) -> str:
    """A change, with its sign."""
    return signed_text(value, partial(fixed_text, digits=digits))


def percent(share: float | None) -> str:
    """How much further from 0 a number is than it was.

    Examples
    --------
    >>> percent(0.114), percent(-0.00001), percent(25.0), percent(None)
    ('+11.4 %', '-0.001 %', '26 times', '')
    """
    if share is None or share == 0:
        return ""
    if abs(share) >= 10:
        return f"{share + 1:,.3g} times"
    return f"{share * 100:+.3g} %"


def shown(value: Any) -> str:
    """A plain value on one line; an interval's open side as an ellipsis.

    Examples
    --------
    >>> shown([None, 100]), shown({"then price": [0, 10]}), shown("good")
    ('[…, 100]', 'then price [0, 10]', 'good')
    """
    if isinstance(value, list):
        return "[" + ", ".join("…" if v is None else shown(v) for v in value) + "]"
    if isinstance(value, dict):
        return "; ".join(_grouped(value))
    return exact_text(value)


def _grouped(facts: Mapping[str, Any]) -> Iterable[str]:
    """Facts of an example or a property, those of one kind together."""
    groups: dict[str, list[str]] = {}
    for key, value in facts.items():
        head, _, rest = key.partition(" ")
        said = "" if value == "claimed" else f" {shown(value)}"
        groups.setdefault(head, []).append(f"{rest}{said}".strip())
    return [f"{head} {', '.join(items)}" for head, items in groups.items()]


def excerpts(old: str, new: str) -> tuple[str, str]:
    """Two long texts cut to where they differ.

    Examples
    --------
    >>> excerpts("a " * 99 + "red end", "a " * 99 + "blue end")
    ('… a a a red end', '… a a a blue end')
    """
    if len(old) <= LONGEST and len(new) <= LONGEST:
        return old, new
    first, second = old.split(), new.split()
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    start = max(0, start - 3)
    cut = [" ".join(("… " if start else "", *words[start:])).strip() for words in (first, second)]
    cut = [text.replace("…  ", "… ") for text in cut]
    short = [text if len(text) <= LONGEST else text[: LONGEST - 2] + " …" for text in cut]
    return short[0], short[1]


# -- the summary ----------------------------------------------------------------------------------


def summary(comparison: Comparison) -> list[str]:
    """The comparison in a few sentences, what the outputs do first."""
    effect = comparison.effect
    lines = [*_moves_of_all(comparison), *_table(comparison)]
    for names, what in ((effect.added, "new"), (effect.removed, "gone")):
        if names:
            outputs, are = ("outputs", "are") if len(names) > 1 else ("output", "is")
            lines.append(f"{outputs} {listed(names, most=8)} {are} {what}")
    if effect.reason:
        lines.append(f"the outputs were not compared over the inputs: {effect.reason}")
    counts = structure_counts(comparison.differences)
    lines.append(counts if counts else "no difference in what the specs say")
    return lines


MOST_OUTPUTS = 4
"""Of more outputs than this, the summary tells those that move most."""


def moved_outputs(comparison: Comparison) -> list[OutputChange]:
    """The outputs that the search found to move at all, in order."""
    return [output for output in comparison.effect.outputs if output.change != 0]


def _moves_of_all(comparison: Comparison) -> list[str]:
    found, moved = comparison.effect.outputs, moved_outputs(comparison)
    if not found:
        return []
    tried = counted(max(output.n_inputs for output in found), "input")
    if not moved:
        one = found[0].name if len(found) == 1 else "any output"
        return [f"nothing moves {one}, in {tried} tried"]
    if len(moved) <= MOST_OUTPUTS:
        still = [output.name for output in found if output.change == 0]
        rest = f"{listed(still, most=8)} {'do' if len(still) > 1 else 'does'} not move"
        return [*[_moves(comparison, output) for output in moved], *([rest] if still else [])]
    most = sorted(moved, key=_size, reverse=True)[:MOST_OUTPUTS]
    said = f"{len(moved):,} of {counted(len(found), 'output')} move, most of all:"
    return [said, *[_moves(comparison, output) for output in most]]


def _size(output: OutputChange) -> float:
    return float("inf") if output.change is None else output.change


def _moves(comparison: Comparison, output: OutputChange) -> str:
    change = output.change
    if change is None:
        has = "new" if output.old is None else "old"
        return f"{output.name} has a value in the {has} network only, for some inputs"
    unit = f" {output.unit}" if output.unit else ""
    within = "" if change > comparison.tolerance else ", within the tolerance"
    return f"{output.name} is found to move by at least {fixed_text(change)}{unit}{within}"


def _table(comparison: Comparison) -> list[str]:
    """The rows of a table that move, in one line."""
    table = comparison.effect.table
    if table is None:
        return []
    moved = [output for output in table.outputs if output.moved]
    if not moved:
        return [f"no row of {table.file} moves"]
    most = max(moved, key=_moved)
    return [f"{counted(most.moved, 'row')} of {table.file} move"]


def _moved(output: TableOutput) -> int:
    return output.moved


def structure_counts(differences: Iterable[Difference]) -> str:
    """How many of each kind of difference there are."""
    counts: Counter[tuple[str, str]] = Counter()
    claims: dict[tuple[str, str], set[str]] = {}
    for difference in differences:
        noun, action = _kind(difference)
        if difference.part in ("example", "property") and not difference.is_text:
            claims.setdefault((noun, action), set()).add(difference.name)
        else:
            counts[noun, action] += 1
    for key, names in claims.items():
        counts[key] += len(names)
    return ", ".join([f"{_plural(n, noun)} {action}" for (noun, action), n in counts.items()])


def _kind(difference: Difference) -> tuple[str, str]:
    aspect = difference.aspect
    if difference.is_text:
        return "text", "changed"
    if difference.part in ("example", "property"):
        return difference.part, difference.action if not aspect else "changed"
    if not aspect:
        return difference.part, difference.action
    noun = {"layer": "neuron"}.get(aspect, aspect)
    noun = "activation" if aspect.startswith("activation") else noun
    if difference.part == "network" and aspect == "name":
        return "network", "renamed"
    if noun in ("synapse", "neuron", "output", "category"):
        return noun, difference.action
    if noun == "weights":
        return "weight matrix", "changed"
    return (f"{difference.part} {noun}" if noun in OF_PART else noun), "changed"


OF_PART = frozenset({"value", "type", "size", "from", "group"})


def _plural(count: int, noun: str) -> str:
    irregular = {"property": "properties", "category": "categories", "bias": "biases",
                 "weight matrix": "weight matrices", "biases": "biases", "missing": "stand-ins",
                 "order of layers": "orders of layers",
                 "order of neurons": "orders of neurons", "columns": "columns"}  # fmt: skip
    singular = {"biases": "bias vector", "missing": "stand-in", "columns": "column order"}
    if count == 1:
        return f"1 {singular.get(noun, noun)}"
    return f"{count:,} {irregular.get(noun, noun + 's')}"
