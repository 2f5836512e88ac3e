"""What the strategies and assertions take: networks however given, bounds and names, judged."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis.errors import InvalidArgument

from nnspec.claims import Options
from nnspec.diagnostics import SpecError, errors
from nnspec.diagnostics.suggestions import did_you_mean, listed, quote
from nnspec.network import Network, load
from nnspec.spec.model import Claim, Input, Interval, NetworkSpec, Property, Then, Value
from nnspec.validation import check

AnyNetwork: TypeAlias = Network | NetworkSpec | str | os.PathLike[str]
"""A network, its spec, or the path of its file."""

When: TypeAlias = Mapping[str, Interval | Sequence[Value]]
"""By input, an interval, or the list of a category's values."""


class Same:
    """One object as a key of a cache: equal to itself alone, and alive as long as the entry."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def as_network(given: AnyNetwork) -> Network:
    """A network, however it was given; read, checked and compiled once.

    Raises
    ------
    InvalidArgument
        If it is neither a network nor a spec nor a path, or a spec built in Python with errors.
    SpecError
        If a file has errors.
    OSError
        If a file cannot be read.
    """
    if isinstance(given, Network):
        return given
    if isinstance(given, NetworkSpec):
        return _compiled(Same(given))
    if isinstance(given, str | os.PathLike):
        path = Path(given).resolve()
        facts = path.stat()
        return _loaded(path, facts.st_mtime_ns, facts.st_size)
    raise InvalidArgument(
        "network must be a Network, a NetworkSpec or the path of a spec; "
        f"given {given!r} (type={type(given).__name__})"
    )


@lru_cache(maxsize=64)
def _compiled(spec: Same) -> Network:
    try:
        return Network(spec.value)
    except SpecError as error:
        raise InvalidArgument(f"the spec has errors:\n{error}") from None


@lru_cache(maxsize=64)
def _loaded(path: Path, changed: int, size: int) -> Network:
    # A file that changes between two tests, or two runs of one session, is another network.
    return load(path)


def as_input(network: Network, name: object) -> Input:
    """The input of that name.

    Raises
    ------
    InvalidArgument
        If there is none.
    """
    for item in network.spec.inputs:
        if item.name == name:
            return item
    help_ = did_you_mean(str(name), network.inputs)
    raise InvalidArgument(f"{network.name} has no input {quote(str(name))}; {help_}")


def as_neuron(network: Network, name: object) -> str:
    """The name itself, if a neuron has it.

    Raises
    ------
    InvalidArgument
        If none has.
    """
    if isinstance(name, str) and name in network.neurons:
        return name
    help_ = did_you_mean(str(name), network.neurons)
    raise InvalidArgument(f"{network.name} has no neuron {quote(str(name))}; {help_}")


def as_when(
    network: Network, when: When | None, claim: Claim | None = None, *, word: str = "when"
) -> dict[str, Any]:
    """What ``when`` says, once the rules for properties have found no fault with it.

    Raises
    ------
    InvalidArgument
        If it names what is no input, or leaves nothing to be tried.
    """
    if when is None and claim is None:
        return {}
    narrowed = {} if when is None else _as_limits(when, word)
    said = Then({network.neurons[-1]: (0.0, None)}) if claim is None else claim
    item = Property(said, when=narrowed)
    spec = replace(network.spec, examples=(), properties=(item,))
    found = [d for d in errors(check(spec)) if d.path[:1] == ("properties",)]
    if found:
        raise InvalidArgument("; ".join(f"{d.message}; {d.help}" for d in found))
    return narrowed


def _as_limits(when: object, word: str) -> dict[str, Any]:
    """By input, a tuple of what is allowed."""
    if not isinstance(when, Mapping):
        raise InvalidArgument(
            f"{word} must be a map from inputs to intervals (low, high) or lists of categories; "
            f"given {when!r}"
        )
    for name, allowed in when.items():
        if isinstance(allowed, str) or not isinstance(allowed, Sequence):
            raise InvalidArgument(
                f"{word}[{name!r}] must be an interval (low, high), None for an open side, or a "
                f"list of categories; given {allowed!r}"
            )
    return {name: tuple(allowed) for name, allowed in when.items()}


def as_options(max_examples: object, seed: object) -> Options:
    """How hard to try.

    Raises
    ------
    InvalidArgument
        If a number is none, or none that counts.
    """
    check_whole("max_examples", max_examples, floor=1)
    check_whole("seed", seed)
    return Options(max_examples, seed)  # type: ignore[arg-type]


def check_number(
    what: str, given: object, *, may_be_none: bool = False, floor: float | None = None
) -> None:
    """Refuse what is no finite number, or too small a one.

    Raises
    ------
    InvalidArgument
        Naming the argument, what is legal and what was given.
    """
    if given is None and may_be_none:
        return
    legal = "a number" if floor is None else f"a number from {floor:g} on"
    legal += ", or None for an open side" if may_be_none else ""
    number = math.nan if isinstance(given, bool) or not isinstance(given, Real) else float(given)
    if not math.isfinite(number) or (floor is not None and number < floor):
        raise InvalidArgument(f"{what} must be {legal}; given {given!r}")


def check_whole(what: str, given: object, *, floor: int | None = None) -> None:
    """Refuse what is no whole number, or too small a one.

    Raises
    ------
    InvalidArgument
        Naming the argument, what is legal and what was given.
    """
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise InvalidArgument(f"{what} must be an integer; given {given!r}")
    if floor is not None and int(given) < floor:
        raise InvalidArgument(f"{what} must be at least {floor}; given {given}")


def check_bounds(what: str, least: object, most: object, *, floor: int = 0) -> None:
    """Refuse counts that are no whole numbers, too small, or the wrong way round.

    Raises
    ------
    InvalidArgument
        Naming the bound, what is legal and what was given.
    """
    for side, value in (("min", least), ("max", most)):
        check_whole(f"{side}_{what}", value, floor=floor)
    if least > most:  # type: ignore[operator]
        raise InvalidArgument(f"min_{what}={least} is greater than max_{what}={most}")


def check_names(
    what: str, given: Sequence[str], legal: Collection[str], *, may_be_empty: bool = False
) -> None:
    """Refuse names that are unknown, or none at all.

    Raises
    ------
    InvalidArgument
        Naming the first that is unknown, and the nearest legal one.
    """
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InvalidArgument(f"{what} must be a list of names; given {given!r}")
    if not given and not may_be_empty:
        raise InvalidArgument(f"{what} must name at least one of {listed(list(legal), 10)}")
    for name in given:
        if name not in legal:
            help_ = did_you_mean(str(name), list(legal))
            raise InvalidArgument(f"{what} has no {quote(str(name))}; {help_}")
