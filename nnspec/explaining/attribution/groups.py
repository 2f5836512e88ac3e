"""Which closed form, if any, gives the reasons for outputs that a group makes of plain sums."""

from __future__ import annotations

from collections.abc import Sequence

from nnspec.explaining.attribution.baseline_values import BaselineValues
from nnspec.explaining.attribution.group_lines import GroupLines
from nnspec.explaining.attribution.normalize_lines import NormalizeLines
from nnspec.explaining.attribution.softmax_lines import SoftmaxLines
from nnspec.explaining.attribution.winner_lines import WinnerLines

LINES: dict[str | None, type[GroupLines]] = {
    lines.group: lines for lines in (SoftmaxLines, NormalizeLines, WinnerLines)
}
"""The closed forms that there are; outputs of other groups are left to their lines."""

MOST_SHARED = 10
"""The greatest group whose outputs are explained together; a softmax has means for each pair."""


def group_lines(base: BaselineValues, outputs: Sequence[str]) -> dict[str, GroupLines]:
    """By output that has a closed form: the lines of the plain sums that its group acts on.

    All outputs of a small group have the same.
    """
    program = base.program
    together: dict[tuple[int, int], list[str]] = {}
    for output in outputs:
        number = program.number[output]
        own = program.tiers[program.neurons_of(number)]
        group = program.tiers[program.tier_of(number)].layer.group
        if group in LINES and own.linear.all() and len(own.linear) > 1:
            shared = len(own.linear) <= MOST_SHARED
            together.setdefault((own.first, -1 if shared else number), []).append(output)
    found: dict[str, GroupLines] = {}
    for names in together.values():
        number = program.number[names[0]]
        group = program.tiers[program.tier_of(number)].layer.group
        rows = sorted({row_in_layer(base, name) for name in names})
        own = program.tiers[program.neurons_of(number)]
        found |= dict.fromkeys(names, LINES[group](base, own, rows))
    return found


def row_in_layer(base: BaselineValues, output: str) -> int:
    """Which neuron of its layer an output is."""
    number = base.program.number[output]
    return number - base.program.tiers[base.program.tier_of(number)].first
