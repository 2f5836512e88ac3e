"""Which parameter of the old spec is which of the new one."""

from __future__ import annotations

from nnspec.comparing.structure.pairing import best_pairs
from nnspec.comparing.structure.renames import Renames
from nnspec.comparing.structure.uses import parameter_uses
from nnspec.spec.model import NetworkSpec


def match_parameters(old: NetworkSpec, new: NetworkSpec, known: Renames) -> dict[str, str]:
    """By old name the new one: by name first, then by what uses it."""
    found = {name: name for name in old.parameters if name in new.parameters}
    gone = [name for name in old.parameters if name not in found]
    come = [name for name in new.parameters if name not in found]
    if not (gone and come):
        return found
    uses, now_uses = parameter_uses(old, known), parameter_uses(new)

    def score(a: str, b: str) -> float:
        before, after = set(uses[a]), set(now_uses[b])
        if not before and not after:
            return float(old.parameters[a] == new.parameters[b])
        share = len(before & after) / len(before | after)
        return share + 0.25 * (share > 0 and old.parameters[a] == new.parameters[b])

    found |= dict(best_pairs(gone, come, score, 0.5))
    return {name: found[name] for name in old.parameters if name in found}
