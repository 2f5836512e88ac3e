"""Two networks as functions of the same inputs: those that both have, as both can take them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nnspec.comparing.effects.category_columns import with_columns
from nnspec.comparing.effects.networks import CannotCompareError, Pair
from nnspec.diagnostics.suggestions import listed, quote
from nnspec.network import Network
from nnspec.spec.inputs import number_bounds, within_whole
from nnspec.spec.model import Input, category_text


@dataclass(frozen=True)
class SharedNetworks:
    """Two networks with the very same inputs.

    Parameters
    ----------
    old, new
        The networks.
    fixed
        Inputs of which one network knows nothing, each of one value: a stand-in, or the 0 of a
        category that the other network does not have.
    notes
        What is narrower than in one of the networks, and what is held fixed.
    """

    old: Network
    new: Network
    fixed: frozenset[str]
    notes: tuple[str, ...]


def shared_networks(pair: Pair) -> SharedNetworks:
    """Both networks as functions of what they share.

    Raises
    ------
    CannotCompareError
        If they share nothing, or an input of one has neither a counterpart nor a stand-in.
    """
    old, new = [{item.name: item for item in one.spec.inputs} for one in (pair.old, pair.new)]
    both = [(old[name], item) for name, item in new.items() if name in old]
    alone = [[item for name, item in items.items() if name not in others]
             for items, others in ((new, old), (old, new))]  # fmt: skip
    notes = [*_held(alone[0], "new"), *_held(alone[1], "old")]
    if not both:
        raise CannotCompareError("the networks have no input in common")
    found = [_narrowed(first, second) for first, second in both]
    fixed = [one for items in alone for item in items for one in _constants(item)]
    fixed += [one for pair_ in both for one in _absent_categories(*pair_)]
    inputs = {item.name: item for item, _ in found}
    networks = [_network(network, inputs, fixed) for network in (pair.old, pair.new)]
    notes += [note for _, said in found for note in said]
    names = {item.name for item in fixed}
    return SharedNetworks(networks[0], networks[1], frozenset(names), tuple(notes))


def _network(network: Network, inputs: Mapping[str, Input], fixed: Sequence[Input]) -> Network:
    """A network that takes the shared inputs, with its own transforms, and the fixed ones."""
    own = {item.name: item for item in network.spec.inputs}
    shared = [replace(item, transforms=own[name].transforms) for name, item in inputs.items()]
    spec = replace(
        network.spec,
        inputs=(*shared, *fixed),
        layers=with_columns(network.spec, shared),
        examples=(),
        properties=(),
    )
    return Network.from_checked(spec)


# -- inputs that are fixed ------------------------------------------------------------------------


def _held(items: Sequence[Input], which: str) -> list[str]:
    """Notes on inputs of one network that are held at their stand-ins."""
    lacking = [item.name for item in items if item.missing is None]
    if lacking:
        other = "old" if which == "new" else "new"
        raise CannotCompareError(
            f"the {which} network needs {listed(lacking)}, which the {other} one does not have, "
            "without a stand-in ('missing:') to hold to"
        )
    return [
        f"{item.name}, an input of the {which} network only, is held at its stand-in "
        f"{quote(item.missing)}"
        for item in items
    ]


def _constants(item: Input) -> list[Input]:
    """An input held at its stand-in; of a category, a number for each of its units."""
    if item.missing is None:
        return []
    if item.type != "category":
        value = float(item.missing)
        return [replace(item, type="number", range=(value, value), missing=None)]
    chosen = f"{item.name}.{category_text(item.missing)}"
    return [_constant(unit, float(unit == chosen)) for unit in item.units]


def _constant(name: str, value: float) -> Input:
    return Input(name, range=(value, value))


def _absent_categories(old: Input, new: Input) -> list[Input]:
    """The units of the categories that one network alone has: 0 in every row that both can take."""
    if new.type != "category" or old.type != "category":
        return []
    units = set(old.units) ^ set(new.units)
    return [_constant(unit, 0.0) for unit in (*new.units, *old.units) if unit in units]


# -- inputs that both have ------------------------------------------------------------------------


def _narrowed(old: Input, new: Input) -> tuple[Input, list[str]]:
    """An input as both networks can take it, and what there is to be said of that."""
    if (old.type == "category") != (new.type == "category"):
        raise CannotCompareError(f"input {new.name} was of type {old.type}, and is {new.type} now")
    if new.type == "category":
        return _shared_categories(old, new)
    kinds = {old.type, new.type}
    kind = new.type if len(kinds) == 1 else "integer"
    bounds = [number_bounds(item) for item in (old, new)]
    low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
    least, greatest = within_whole(Input(new.name, kind), (low, high))
    if least > greatest:
        raise CannotCompareError(f"the old and the new range of {new.name} have nothing in common")
    ends = [end if math.isfinite(end) else None for end in (low, high)]
    shared = Input(new.name, kind, range=(ends[0], ends[1]), unit=new.unit)
    if len(kinds) == 1 and old.range == new.range:
        return shared, []
    said = ", ".join("…" if end is None else f"{end:.15g}" for end in ends)
    return shared, [f"{new.name} is searched over [{said}], which both networks declare"]


def _shared_categories(old: Input, new: Input) -> tuple[Input, list[str]]:
    known = set(old.category_texts)
    both = tuple([value for value in new.categories if category_text(value) in known])
    if not both:
        raise CannotCompareError(f"input {new.name} has no category that it had before")
    shared = Input(new.name, "category", categories=both, unit=new.unit)
    if len(both) == len(old.categories) == len(new.categories):
        return shared, []
    names = listed(map(category_text, both), most=10)
    return shared, [f"{new.name} is searched over the categories of both networks: {names}"]
