"""NS708: a claim about the rise of something that does not rise, or a bound below 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import listed, quote
from nnspec.spec.linear import LinearInequality
from nnspec.spec.model import Lipschitz, Monotone
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._claims import inequalities
from nnspec.validation.rules.names.dangling_synapse import is_whole_category


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each category in a claim that needs an order, and each bound below 0."""
    for index, item in enumerate(subject.spec.properties):
        path = ("properties", index, item.claim.key)
        if isinstance(item.claim, Monotone):
            yield from _categories(subject, item.claim.directions, path)
        elif isinstance(item.claim, Lipschitz):
            yield from _categories(subject, item.claim.bounds, path)
            yield from _negative(subject, item.claim, path)
    if any(item.type == "category" for item in subject.spec.inputs):
        yield from _in_inequalities(subject)


def _categories(
    subject: Subject, nested: Mapping[str, Mapping[str, Any]], path: Path
) -> Iterator[Finding]:
    for neuron, inputs in nested.items():
        for name in inputs:
            if is_whole_category(subject.wiring, name):
                yield Finding(
                    "NS708",
                    (*path, neuron, name),
                    f"'{path[-1]}' names {quote(name)}, a category, whose values have no order",
                    "name a number, an integer or a boolean; 'independent' takes categories too",
                    at="key",
                )


def _negative(subject: Subject, claim: Lipschitz, path: Path) -> Iterator[Finding]:
    for neuron, bounds in claim.bounds.items():
        for name, bound in bounds.items():
            if bound < 0 and not is_whole_category(subject.wiring, name):
                yield Finding(
                    "NS708",
                    (*path, neuron, name),
                    f"a 'lipschitz' bound must be 0 or more; given {bound}",
                    f"it bounds the size of a change: did you mean {-bound}?",
                )


def _in_inequalities(subject: Subject) -> Iterator[Finding]:
    for path, _, parsed in inequalities(subject):
        terms = parsed.terms if isinstance(parsed, LinearInequality) else ()
        for name, _ in terms:
            if is_whole_category(subject.wiring, name):
                units = listed(subject.wiring.inputs[name].units, most=8)
                yield Finding(
                    "NS708",
                    path,
                    f"'linear' names {quote(name)}, a category, which has no number of its own",
                    f"name its values, each 1 or 0: {units}",
                )


RULE = error(
    "NS708",
    "claim-on-category",
    what=(
        "A claim `monotone` or `lipschitz` over a category, a category as a whole in an inequality "
        "under `linear`, or a `lipschitz` bound below 0."
    ),
    why=(
        "The values of a category have no order and no distance: it cannot rise, and it is no "
        "number. The size of a change is never below 0."
    ),
    example="inputs:\n  condition: {type: category, categories: [poor, fair, good]}\n# ...\n"
    "monotone: {price: {condition: increasing}}",
    mend="inputs:\n  condition: {type: integer, range: [1, 3]}\n# ...\n"
    "monotone: {price: {condition: increasing}}",
)(check)
