"""Why a network says what it says: neuron by neuron, and what would change it.

Amounts are measured from a baseline and add up to the output's difference from it.
"""

from __future__ import annotations

from nnspec.explaining.attribution.explainer import Explainer
from nnspec.explaining.baselines import checked_row, zeros
from nnspec.explaining.change.smallest import smallest_change
from nnspec.explaining.data import (
    Baseline,
    Fact,
    NeuronStep,
    OutputReasons,
    Reason,
    Reasons,
    Term,
)
from nnspec.explaining.explain import explain, middle
from nnspec.explaining.goals import Goal, parse_goal
from nnspec.explaining.shown import Changed, Explanation

__all__ = [
    "Baseline",
    "Changed",
    "Explainer",
    "Explanation",
    "Fact",
    "Goal",
    "NeuronStep",
    "OutputReasons",
    "Reason",
    "Reasons",
    "Term",
    "checked_row",
    "explain",
    "middle",
    "parse_goal",
    "smallest_change",
    "zeros",
]
