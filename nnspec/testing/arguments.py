"""What the strategies and assertions take: networks however given, bounds and names, judged."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis.errors import InvalidArgument

from nnspec.diagnostics import SpecError
from nnspec.diagnostics.suggestions import did_you_mean, listed, quote
from nnspec.network import Network, load
from nnspec.spec.model import Input, NetworkSpec

AnyNetwork: TypeAlias = Network | NetworkSpec | str | os.PathLike[str]
"""A network, its spec, or the path of its file."""


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


def check_bounds(what: str, least: object, most: object, *, floor: int = 0) -> None:
    """Refuse counts that are no whole numbers, too small, or the wrong way round.

    Raises
    ------
    InvalidArgument
        Naming the bound, what is legal and what was given.
    """
    for side, value in (("min", least), ("max", most)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidArgument(f"{side}_{what} must be an integer; given {value!r}")
        if value < floor:
            raise InvalidArgument(f"{side}_{what} must be at least {floor}; given {value}")
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
