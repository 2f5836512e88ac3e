"""What ``nnspec prove`` does: decide the claims of each spec, and say what came of each."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nnspec.claims import Case, Result, cases
from nnspec.claims.cases import named_cases
from nnspec.claims.rendering import failure_lines
from nnspec.cli.arguments.specs import checked_specs, found_specs
from nnspec.cli.reporters.diagnostics import diagnostic_text
from nnspec.cli.streams.exit_status import FAILED, FAULTY, FINE
from nnspec.cli.streams.terminal import BOLD, GREEN, RED, YELLOW, json_text, paint, wants_color
from nnspec.cli.work.trial import nothing_chosen
from nnspec.diagnostics import CannotError, Diagnostic
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import counted, printable
from nnspec.network import Network
from nnspec.proving import Proof, prove_case
from nnspec.views.numbers import finite, number_text

STYLES = {"proved": GREEN, "refuted": RED, "undecided": YELLOW}


@dataclass(frozen=True)
class ProvedSpec:
    """What came of the claims of one spec; one with errors has diagnostics alone."""

    file: str
    network: Network | None
    diagnostics: Sequence[Diagnostic]
    proofs: Sequence[Proof]


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
    print(proofs_json(done) if form == "json" else summary(done))
    if unreadable:
        return FAILED
    proved = all(proof.verdict == "proved" for one in done for proof in one.proofs)
    return FINE if proved and all(one.network is not None for one in done) else FAULTY


def proof_lines(network: Network, proof: Proof, file: str, *, color: bool) -> Iterator[str]:
    """One claim's verdict; what refutes it, or what is left to decide."""
    word = paint(proof.verdict.ljust(9), STYLES[proof.verdict], color=color)
    yield f"  {word} {printable(proof.case.id)}{_margin(proof)}"
    if proof.failure is not None:
        result = Result(proof.case, "failed", 0, (proof.failure,))
        yield from (
            f"            {line}" for line in failure_lines(network, result, spec_file=file)
        )
    if proof.verdict == "undecided":
        yield f"            {printable(proof.reason or '')}"
        if proof.resisting is not None and proof.n_boxes:
            yield f"            {_share(proof.open_share)} of the ranges is left, for instance:"
            for name, (low, high) in proof.resisting.items():
                yield printable(
                    f"              {name} from {number_text(low)} to {number_text(high)}"
                )
            bound = finite(proof.bound)
            if bound is not None:
                yield f"            it is missed by at most {number_text(bound)}"


def _margin(proof: Proof) -> str:
    if proof.verdict != "proved" or not proof.bound:
        return ""
    return f", with {number_text(proof.bound)} to spare"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"


def summary(done: Sequence[ProvedSpec]) -> str:
    """How many claims came to what, in one line."""
    counts = Counter(str(proof.verdict) for one in done for proof in one.proofs)
    said = [f"{counts[verdict]:,} {verdict}" for verdict in STYLES if counts[verdict]]
    invalid = sum(one.network is None for one in done)
    if invalid:
        said.append(f"{counted(invalid, 'spec')} with errors")
    return f"{counted(len(done), 'spec')}: {', '.join(said) if said else 'nothing to prove'}"


def proofs_json(done: Sequence[ProvedSpec]) -> str:
    """One JSON document for the whole run."""
    proofs = [proof for one in done for proof in one.proofs]
    counts = Counter(str(proof.verdict) for proof in proofs)
    document = {
        "nnspec_prove": 1,
        "claims": [_facts(one, proof) for one in done for proof in one.proofs],
        "summary": {verdict: counts[verdict] for verdict in STYLES},
        "invalid": [
            {"file": one.file, "diagnostics": [d.as_dict() for d in one.diagnostics]}
            for one in done
            if one.network is None
        ],
    }
    return json_text(document)


def _facts(one: ProvedSpec, proof: Proof) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "file": one.file,
        "kind": proof.case.kind,
        "name": proof.case.name,
        "verdict": proof.verdict,
        "bound": finite(proof.bound),
        "counterexample": None,
        "boxes": proof.n_boxes,
        "seconds": round(proof.seconds, 3),
    }
    if proof.failure is not None:
        failure = proof.failure
        found = [
            {"row": dict(row), "values": {k: finite(v) for k, v in valuation.outputs.items()}}
            for row, valuation in zip(failure.rows, failure.values, strict=True)
        ]
        facts["counterexample"] = found[0] if len(found) == 1 else found
    if proof.verdict == "undecided":
        facts |= {"reason": proof.reason, "open_share": proof.open_share}
        if proof.resisting is not None:
            facts["resisting"] = {name: list(ends) for name, ends in proof.resisting.items()}
    return facts
