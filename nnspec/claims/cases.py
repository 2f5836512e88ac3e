"""The cases of a spec: its examples, its properties, and the ranges its neurons keep to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from nnspec.claims.statements import statements
from nnspec.spec.model import Example, NetworkSpec, Property, Then

Kind: TypeAlias = Literal["example", "property", "range"]


@dataclass(frozen=True)
class Case:
    """One thing a spec says of its network, to be tried.

    Parameters
    ----------
    kind
        ``example``, ``property``, or ``range`` of a neuron.
    name
        The author's own name for it, or one made from what it says; unique among its kind.
    path
        Where in the spec it stands.
    claim
        What is to be tried: an example or a property. A neuron's range is a property, too.
    """

    kind: Kind
    name: str
    path: tuple[str | int, ...]
    claim: Example | Property

    @property
    def id(self) -> str:
        """Its kind and name, unique within the spec.

        Examples
        --------
        >>> property_case(Property(Then({"price": (0, None)}))).id
        'property: price is at least 0'
        """
        return f"{self.kind}: {self.name}"


def cases(spec: NetworkSpec) -> tuple[Case, ...]:
    """Everything that can be tried of a spec: examples, properties, then neurons' ranges."""
    found: list[Case] = []
    for i, example in enumerate(spec.examples):
        name = f"example {i + 1}" if example.name is None else example.name
        found.append(Case("example", name, ("examples", i), example))
    for i, item in enumerate(spec.properties):
        found.append(property_case(item, ("properties", i)))
    for layer, neuron in spec.neurons():
        if neuron.range != (None, None):
            claim = Property(Then({neuron.name: neuron.range}))
            path = ("layers", layer, "neurons", neuron.name, "range")
            found.append(Case("range", neuron.name, path, claim))
    return _with_own_names(found)


def property_case(item: Property, path: tuple[str | int, ...] = ()) -> Case:
    """The case of one property, for instance of one that no spec holds."""
    name = item.name
    if name is None:
        said = list(dict.fromkeys(statement.text for statement in statements(item.claim)))
        more = f", and {len(said) - 2} more" if len(said) > 2 else ""
        name = ", ".join(said[:2]) + more
    return Case("property", name, path, item)


def named_cases(every: Sequence[Case], asked: Sequence[str]) -> list[Case]:
    """The cases of some names, or else those with a part of one; all where none is asked."""
    if not asked:
        return list(every)
    exact = [one for one in every if one.id in asked or one.name in asked]
    parts = [text.casefold() for text in asked]
    return exact or [one for one in every if any(part in one.id.casefold() for part in parts)]


def _with_own_names(found: list[Case]) -> tuple[Case, ...]:
    """The same cases; those whose names were taken before get a number."""
    seen: dict[str, int] = {}
    named = []
    for case in found:
        count = seen[case.id] = seen.get(case.id, 0) + 1
        name = case.name if count == 1 else f"{case.name} ({count})"
        named.append(Case(case.kind, name, case.path, case.claim))
    return tuple(named)
