"""The largest change of each output that an aimed search finds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nnspec.claims import Options
from nnspec.claims.search.comparison import Change, largest_changes
from nnspec.comparing.effects.data import Effect, OutputChange
from nnspec.comparing.effects.pairs import CannotCompareError, Pair
from nnspec.comparing.effects.polishing import Polisher
from nnspec.comparing.effects.shared import shared_networks


@dataclass(frozen=True)
class _Outputs:
    """Outputs that one of two networks lacks."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def search_effect(pair: Pair, removed: tuple[str, ...], options: Options) -> Effect:
    """What a search over the inputs that both networks have finds; or why there is none.

    Parameters
    ----------
    removed
        Outputs of the old network alone, by their old names.
    """
    own = _Outputs(pair.added, removed)
    try:
        if not pair.outputs:
            raise CannotCompareError("the networks have no output in common")
        shared = shared_networks(pair)
    except CannotCompareError as error:
        return Effect(reason=str(error), added=own.added, removed=own.removed)
    found = largest_changes(shared.old, shared.new, pair.outputs, options)
    polish = Polisher(shared.old, shared.new)
    return Effect(
        notes=shared.notes,
        outputs=tuple([_output(pair, polish(found[name]), shared.fixed) for name in pair.outputs]),
        added=own.added,
        removed=own.removed,
    )


def _output(pair: Pair, change: Change, fixed: frozenset[str]) -> OutputChange:
    name = change.neuron
    return OutputChange(
        name=name,
        old_name=pair.old_names[name],
        unit=pair.unit(name),
        change=_finite(change.change),
        row={key: value for key, value in change.row.items() if key not in fixed},
        old=_finite(change.old),
        new=_finite(change.new),
        n_inputs=change.n_inputs,
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
