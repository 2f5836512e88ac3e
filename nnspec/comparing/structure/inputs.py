"""Inputs and parameters that are not the same in both specs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnspec.comparing.structure.differences import Difference, plain
from nnspec.comparing.structure.facets import compare_facts, interval, same, texts
from nnspec.comparing.structure.renames import Renames
from nnspec.comparing.structure.uses import parameter_uses
from nnspec.spec.model import Input, NetworkSpec, Transform, category_text


def compare_inputs(old: NetworkSpec, new: NetworkSpec, to: Renames) -> Iterator[Difference]:
    """Inputs added, removed, renamed and changed."""
    before = {to.inputs.get(item.name, item.name): item for item in old.inputs
              if item.name in to.inputs}  # fmt: skip
    for item in new.inputs:
        if item.name not in before:
            yield Difference("input", item.name, "added", new=_shown(item))
            continue
        was = before[item.name]
        if was.name != item.name:
            yield Difference("input", item.name, "renamed", old=was.name, new=item.name)
        yield from compare_facts("input", item.name, _facts(was, item), _facts(item, was))
        yield from _categories(was, item)
    for item in old.inputs:
        if item.name not in to.inputs:
            yield Difference("input", item.name, "removed", old=_shown(item))


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
    facts = {**_facts(item, item), "categories": list(item.categories) or None}
    return {k: plain(v) for k, v in facts.items() if v is not None}


def _categories(old: Input, new: Input) -> Iterator[Difference]:
    before, after = [dict.fromkeys(map(category_text, i.categories)) for i in (old, new)]
    for text in after:
        if text not in before:
            yield Difference("input", new.name, "added", "category", new=text)
    for text in before:
        if text not in after:
            yield Difference("input", new.name, "removed", "category", old=text)


def compare_parameters(old: NetworkSpec, new: NetworkSpec, to: Renames) -> Iterator[Difference]:
    """Parameters added, removed, renamed and changed, with what uses them."""
    uses, was_used = parameter_uses(new), parameter_uses(old, to)
    before = {now: name for name, now in to.parameters.items()}
    for name, number in new.parameters.items():
        value, used = plain(float(number)), uses[name]
        if name not in before:
            yield Difference("parameter", name, "added", new=value, uses=used)
            continue
        was = plain(float(old.parameters[before[name]]))
        if before[name] != name:
            yield Difference("parameter", name, "renamed", old=before[name], new=name)
        if not same(was, value):
            yield Difference(
                "parameter", name, "changed", "value", old=was, new=value, uses=used
            )  # fmt: skip
    for name, number in old.parameters.items():
        if name not in to.parameters:
            used = was_used[name]
            yield Difference("parameter", name, "removed", old=plain(float(number)), uses=used)
