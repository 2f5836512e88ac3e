"""What became of a spec's mutants, as text for people."""

from __future__ import annotations

from nnspec.claims.mutants.guarding import Guard
from nnspec.diagnostics.suggestions import counted, printable
from nnspec.views.numbers import number_text


def guard_lines(found: Guard, *, most: int | None = None) -> list[str]:
    """What became of a spec's mutants: the score, then each survivor."""
    noticed, survived = found.count("noticed"), found.count("survived")
    head = f"mutants: {noticed:,} of {noticed + survived:,} noticed, {100 * found.score:.1f} %"
    if found.count("equivalent"):
        head += f"; {found.count('equivalent'):,} more change no output"
    if len(found.tried) < found.n_mutants:
        head += f"; {len(found.tried):,} tried of {found.n_mutants:,}"
    if found.failing:
        count = counted(len(found.failing), "claim")
        head += f"; {count} of the network itself fail and count for nothing"
    shown = found.survivors if most is None else found.survivors[:most]
    lines = [head]
    for one in shown:
        moved = ""
        if one.change is not None:
            most_moved = number_text(one.change.change)
            moved = f" (it is found to move {one.change.neuron} by at least {most_moved})"
        lines.append(printable(f"{one.mutant.text} and nothing notices{moved}"))
    if len(shown) < len(found.survivors):
        lines.append(f"… and {len(found.survivors) - len(shown):,} more")
    return lines
