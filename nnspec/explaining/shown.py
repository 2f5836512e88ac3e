"""What users hold: an explanation, and a change that reaches a goal, which show themselves."""

from __future__ import annotations

from dataclasses import dataclass

from nnspec.explaining.data import Account
from nnspec.explaining.goals import Outcome
from nnspec.explaining.render.notebook import change_table, explanation_table, shown
from nnspec.explaining.render.text import render_text


@dataclass(frozen=True, slots=True)
class Explanation(Account):
    """How one row was valued.

    Made by :func:`explain`. As text it is what ``nnspec explain`` prints; in a notebook it shows
    itself as a table.
    """

    def __str__(self) -> str:
        return render_text(self)

    def _repr_html_(self) -> str | None:
        return shown(explanation_table, self)


@dataclass(frozen=True, slots=True)
class Changed(Outcome):
    """What reaches a goal, or the proof that nothing does.

    Made by :func:`smallest_change`. In a notebook it shows itself as a table.
    """

    def _repr_html_(self) -> str | None:
        return shown(change_table, self)
