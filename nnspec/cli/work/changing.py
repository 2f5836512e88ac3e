"""``nnspec explain --target``: the smallest change of a row that reaches a goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnspec.cli.streams.exit_status import FAULTY, FINE
from nnspec.explaining.change.changing import smallest_change
from nnspec.explaining.goals import parse_goal
from nnspec.explaining.render.change_text import render_change
from nnspec.network import Network
from nnspec.spec.model import Value


def find_change(
    network: Network, row: Mapping[str, Value], options: Mapping[str, Any]
) -> tuple[str, int]:
    """What would change it, as text, and the exit status: 1 where nothing was found that does."""
    goal = parse_goal(options["target"], network)
    names = network.inputs if options["change"] is None else options["change"]
    found = smallest_change(network, row, goal, names)
    text = render_change(network, found, options["form"])
    return text, FAULTY if found.reached is None else FINE
