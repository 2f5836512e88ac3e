"""Two networks as functions of the inputs that both have."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.api import Network
from nnspec.effects.pairs import CannotCompareError, Pair, same_inputs
from nnspec.evaluators.vectorised import Evaluated
from nnspec.model import Input, Value, category_text
from nnspec.suggestions import listed, quote

Array = NDArray[np.float64]
Columns = Mapping[str, Array]


@dataclass(frozen=True)
class SharedInputs:
    """The inputs that two networks share, as both can take them.

    Parameters
    ----------
    inputs
        Each with the narrower type, the range and the categories that both declare.
    notes
        What is narrower in it than in one of the networks, and what is held fixed.
    """

    inputs: tuple[Input, ...]
    notes: tuple[str, ...]


class OverShared(Network):
    """A network as a function of shared inputs; its other inputs are held at their stand-ins."""

    def __init__(self, network: Network, shared: SharedInputs) -> None:
        self._whole = network
        self.spec = replace(network.spec, inputs=shared.inputs, examples=(), properties=())
        self.compiled = network.compiled
        by_name = {item.name: item for item in shared.inputs}
        self._readers = {
            item.name: _reader(item, by_name.get(item.name)) for item in network.spec.inputs
        }

    def evaluator(self, dtype: str = "float64", *, fast: bool = False) -> Any:
        """An evaluator that takes columns of the shared inputs."""
        return _Adapter(self._whole.evaluator(dtype, fast=fast), self._readers)


@dataclass(frozen=True)
class _Adapter:
    """Turns columns of shared inputs into a network's own."""

    evaluator: Any
    readers: Mapping[str, Callable[[Columns, int], Array]]

    def evaluate(self, columns: Columns, neurons: Sequence[str], **options: Any) -> Evaluated:
        n_rows = len(next(iter(columns.values())))
        own = {name: read(columns, n_rows) for name, read in self.readers.items()}
        found: Evaluated = self.evaluator.evaluate(own, neurons, **options)
        return found


def _reader(own: Input, shared: Input | None) -> Callable[[Columns, int], Array]:
    if shared is None:
        stand_in = number_of(own, own.missing)
        return lambda _, n_rows: np.full(n_rows, stand_in)
    if own.type == "category":
        codes = np.array([number_of(own, value) for value in shared.categories])
        return lambda columns, _: codes[columns[own.name].astype(np.int64)]
    return lambda columns, _: columns[own.name]


def number_of(item: Input, value: Value | None) -> float:
    """A value as an evaluator takes it: a category as its index."""
    if value is None:
        raise ValueError(f"input {item.name!r} has no value")
    if item.type == "category":
        return float([category_text(c) for c in item.categories].index(category_text(value)))
    return float(value)


def shared_inputs(pair: Pair) -> SharedInputs:
    """What both networks can be asked.

    Raises
    ------
    CannotCompareError
        If there is nothing, or an input of one network has neither a counterpart nor a stand-in.
    """
    old, new = pair.old.spec.inputs, pair.new.spec.inputs
    both = same_inputs(old, new)
    names = {item.name for item, _ in both}
    notes = [
        *_fixed([item for item in new if item.name not in names], "new"),
        *_fixed([item for item in old if item.name not in names], "old"),
    ]
    if not both:
        raise CannotCompareError("the networks have no input in common")
    inputs = []
    for first, second in both:
        shared, note = _narrowed(first, second)
        inputs.append(shared)
        notes += note
    return SharedInputs(tuple(inputs), tuple(notes))


def _fixed(items: Sequence[Input], which: str) -> list[str]:
    """Notes on inputs of one network that are held at their stand-ins."""
    other = "old" if which == "new" else "new"
    lacking = [item.name for item in items if item.missing is None]
    if lacking:
        one = len(lacking) == 1
        raise CannotCompareError(
            f"{listed(lacking)} {'is an input' if one else 'are inputs'} of the {which} network "
            f"only, without a stand-in ('missing:'): the {other} network cannot be asked the same"
        )
    return [
        f"{item.name}, an input of the {which} network only, is held at its stand-in "
        f"{quote(item.missing)}"
        for item in items
    ]


def _narrowed(old: Input, new: Input) -> tuple[Input, list[str]]:
    """An input as both networks can take it, and what there is to be said of that."""
    steps = (*old.transforms, *new.transforms)
    if (old.type == "category") != (new.type == "category"):
        raise CannotCompareError(f"input {new.name} was of type {old.type}, and is {new.type} now")
    if new.type == "category":
        return _shared_categories(old, new)
    kinds = {old.type, new.type}
    kind = new.type if len(kinds) == 1 else "integer"
    low = _inner([_side(old, 0), _side(new, 0)], max)
    high = _inner([_side(old, 1), _side(new, 1)], min)
    bottom, top = -math.inf if low is None else low, math.inf if high is None else high
    if kind != "number" and math.isfinite(bottom) and math.isfinite(top):
        bottom, top = math.ceil(bottom), math.floor(top)
    if bottom > top:
        raise CannotCompareError(f"the old and the new range of {new.name} have nothing in common")
    shared = Input(
        new.name, kind, range=(low, high), transforms=steps, unit=new.unit
    )  # fmt: skip
    notes = []
    if len(kinds) > 1 or old.range != new.range:
        ends = (
            f"[{'…' if low is None else f'{low:.15g}'}, {'…' if high is None else f'{high:.15g}'}]"
        )
        notes = [f"{new.name} is searched over {ends}, which both networks declare"]
    return shared, notes


def _side(item: Input, side: int) -> float | None:
    if item.type == "boolean":
        return float(side)
    end = item.range[side]
    return None if end is None else float(end)


def _inner(ends: Sequence[float | None], nearer: Callable[[list[float]], float]) -> float | None:
    known = [end for end in ends if end is not None]
    return nearer(known) if known else None


def _shared_categories(old: Input, new: Input) -> tuple[Input, list[str]]:
    known = set(map(category_text, old.categories))
    both = tuple([value for value in new.categories if category_text(value) in known])
    if not both:
        raise CannotCompareError(f"input {new.name} has no category that it had before")
    shared = Input(new.name, "category", categories=both, unit=new.unit)
    if len(both) == len(old.categories) == len(new.categories):
        return shared, []
    names = listed(map(category_text, both), most=10)
    return shared, [f"{new.name} is searched over the categories of both networks: {names}"]
