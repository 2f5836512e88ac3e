"""Which closed form, if any, gives the reasons for a grouped output."""

from __future__ import annotations

from nnspec.explaining.attribution.explainer import Explainer
from nnspec.explaining.attribution.grouped import GroupLines
from nnspec.explaining.attribution.normalize_lines import NormalizeLines
from nnspec.explaining.attribution.softmax_lines import SoftmaxLines
from nnspec.explaining.attribution.winner_lines import WinnerLines
from nnspec.program.stage import Stage

LINES: dict[str, type[GroupLines]] = {
    "softmax": SoftmaxLines,
    "normalize": NormalizeLines,
    "winner": WinnerLines,
}

MOST_SHARED = 10
"""The greatest group whose outputs are explained together; a softmax has means for each pair."""


def group_lines(explainer: Explainer, output: str) -> GroupLines | None:
    """The lines of the plain sums that a group makes an output of; None if they are not plain.

    All outputs of a small group have the same.
    """
    group, own = _group_of(explainer, output)
    if group not in LINES or not own.linear.all() or len(own.linear) == 1:
        return None
    if len(own.linear) > MOST_SHARED:
        return LINES[group](explainer, own, [row_in_group(explainer, output)])
    if own.first not in explainer.group_lines:
        outputs = {output, *explainer.targets}
        together = [name for name in outputs if _group_of(explainer, name) == (group, own)]
        rows = sorted({row_in_group(explainer, name) for name in together})
        explainer.group_lines[own.first] = LINES[group](explainer, own, rows)
    return explainer.group_lines[own.first]


def row_in_group(explainer: Explainer, output: str) -> int:
    """Which neuron of its layer an output is."""
    number = explainer.stages.number[output]
    return number - explainer.stages.stages[explainer.stages.stage_of(number)].first


def _group_of(explainer: Explainer, output: str) -> tuple[str | None, Stage]:
    """What groups an output with others, and the neurons that it groups."""
    stages, number = explainer.stages, explainer.stages.number[output]
    group = stages.stages[stages.stage_of(number)].layer.group
    return group, stages.stages[stages.neurons_of(number)]
