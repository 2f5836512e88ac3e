"""What ``nnspec prove`` does: decide the claims of each spec, and have it told."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nnspec.claims import Case, cases
from nnspec.claims.cases import named_cases
from nnspec.cli.arguments.specs import checked_specs, found_specs
from nnspec.cli.reporters.diagnostics import diagnostic_text
from nnspec.cli.reporters.proofs import RENDERERS, ProvedSpec, proof_lines
from nnspec.cli.streams.exit_status import FAILED, FAULTY, FINE
from nnspec.cli.streams.terminal import BOLD, paint, wants_color
from nnspec.cli.work.trial import nothing_chosen
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import printable
from nnspec.network import Network
from nnspec.proving import prove_case


def prove_specs(
    specs: Sequence[str], asked: Sequence[str], budget: float, limits: Limits, form: str, color: str
) -> int:
    """Run ``nnspec prove``; give its exit status."""
    seen: list[Case] = []
    done: list[ProvedSpec] = []
    colored = wants_color(sys.stdout, color)
    unreadable = False
    for path, loaded in checked_specs(found_specs(specs), limits):
        if loaded is None:
            unreadable = True
            continue
        if loaded.spec is None or not loaded.ok:
            done.append(ProvedSpec(path, None, loaded.diagnostics, ()))
            if form == "text":
                for diagnostic in loaded.diagnostics:
                    print(diagnostic_text(diagnostic, color=colored))
            continue
        network = Network.from_checked(loaded.spec)
        claims = [case for case in cases(network.spec) if case.kind != "example"]
        seen += claims
        chosen = named_cases(claims, asked)
        if form == "text" and (chosen or not asked):
            print(paint(printable(path), BOLD, color=colored), flush=True)
        proofs = []
        for case in chosen:
            proofs.append(prove_case(network, case, budget))
            if form == "text":
                for line in proof_lines(network, proofs[-1], path, color=colored):
                    print(line, flush=True)
        done.append(ProvedSpec(path, network, (), proofs))
    if asked and seen and not named_cases(seen, asked):
        raise CannotError(nothing_chosen(asked[0], seen))
    text = RENDERERS[form](done)
    if text:
        print(text)
    if unreadable:
        return FAILED
    proved = all(proof.verdict == "proved" for one in done for proof in one.proofs)
    return FINE if proved and all(one.network is not None for one in done) else FAULTY
