"""What a change does to the outputs, as frozen data, beside the differences themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnspec.comparing.structure.differences import Difference
from nnspec.spec.model import Value


@dataclass(frozen=True, slots=True)
class OutputChange:
    """The largest change of an output that a search over the inputs found.

    Parameters
    ----------
    name, old_name
        The output's name in the new network, and in the old one.
    unit
        What it is measured in, if the new spec says so.
    change
        How far the new value is from the old one; None if only one network has a value there.
    row
        The inputs of both networks, by their new names.
    old, new
        The output's value in either network; None where it has none.
    n_inputs
        How many inputs were tried.
    """

    name: str
    old_name: str
    unit: str | None
    change: float | None
    row: Mapping[str, Value]
    old: float | None
    new: float | None
    n_inputs: int


@dataclass(frozen=True, slots=True)
class MovedRow:
    """A row of a table, with an output of both networks; rows of data count from 1."""

    row: int
    values: Mapping[str, Value | None]
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class Bar:
    """How many rows changed by ``low`` to ``high``; None leaves a side open.

    A change that is just an edge counts in the bar beyond it, away from 0.
    """

    low: float | None
    high: float | None
    rows: int


@dataclass(frozen=True, slots=True)
class TableOutput:
    """What became of one output in the rows of a table that both networks value.

    Parameters
    ----------
    moved, rose, fell
        In how many rows it moved by more than the tolerance, and in which direction.
    largest
        The largest move, up or down.
    mean
        The mean of all changes, rows that did not move included.
    top
        The rows that moved most, furthest first.
    bars
        A histogram of the changes of the rows that moved.
    """

    name: str
    old_name: str
    unit: str | None
    moved: int
    rose: int
    fell: int
    largest: float
    mean: float
    top: tuple[MovedRow, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class TableEffect:
    """What a change does to a table.

    Parameters
    ----------
    rows
        How many the table has.
    compared
        How many both networks can value.
    bad
        How many neither can.
    only_old, only_new
        How many only one of the networks can value.
    faults
        What is wrong with the first of the rows that were not compared.
    """

    file: str
    rows: int
    compared: int
    bad: int
    only_old: int
    only_new: int
    faults: tuple[str, ...]
    outputs: tuple[TableOutput, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to the outputs that both networks have.

    Parameters
    ----------
    reason
        Why the outputs could not be compared over the inputs; empty if they were.
    notes
        What was held fixed, or otherwise done, so that they could.
    added, removed
        Outputs that one of the networks does not have.
    """

    reason: str = ""
    notes: tuple[str, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    table: TableEffect | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two specs compared: what is not the same, and what that does.

    ``old`` and ``new`` are the networks' names, None for a spec that does not exist.
    """

    old: str | None
    new: str | None
    old_file: str
    new_file: str
    differences: tuple[Difference, ...]
    effect: Effect
    tolerance: float = 0.0
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether some output was seen to move by more than the tolerance, or to come or go."""
        effect = self.effect
        if effect.added or effect.removed:
            return True
        found = [output.change for output in effect.outputs]
        if any(change is None or change > self.tolerance for change in found):
            return True
        table = effect.table
        if table is None:
            return False
        return bool(table.only_old or table.only_new or any(o.moved for o in table.outputs))

    @property
    def differs(self) -> bool:
        """Whether outputs move, or, where that cannot be known, more than texts differs."""
        unknown = bool(self.effect.reason) and any(not d.is_text for d in self.differences)
        return self.moves or unknown
