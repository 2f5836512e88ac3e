"""How ``nnspec prove`` tells what came of claims: for people, programs and CI servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from nnspec.claims import Result
from nnspec.claims.rendering import failure_lines
from nnspec.cli.reporters.diagnostics import report_github
from nnspec.cli.reporters.tests import (
    add_case,
    add_error,
    add_failure,
    annotation,
    junit_text,
    xml_text,
)
from nnspec.cli.streams.terminal import GREEN, RED, YELLOW, json_text, paint
from nnspec.diagnostics import Diagnostic
from nnspec.diagnostics.suggestions import counted, printable
from nnspec.network import Network
from nnspec.proving import Proof
from nnspec.views.numbers import finite, number_text

STYLES = {"proved": GREEN, "refuted": RED, "undecided": YELLOW}


@dataclass(frozen=True)
class ProvedSpec:
    """What came of the claims of one spec; one with errors has diagnostics alone."""

    file: str
    network: Network | None
    diagnostics: Sequence[Diagnostic]
    proofs: Sequence[Proof]


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
    bound = finite(proof.bound)
    return f", with {number_text(bound)} to spare" if proof.verdict == "proved" and bound else ""


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


def proofs_junit(done: Sequence[ProvedSpec]) -> str:
    """JUnit XML, which CI servers read: what is not proved fails."""
    root = ElementTree.Element("testsuites", name="nnspec prove")
    for one in done:
        suite = ElementTree.SubElement(root, "testsuite", name=xml_text(one.file))
        if one.network is None:
            add_error(suite, one.diagnostics)
            continue
        for proof in one.proofs:
            case = add_case(suite, proof.case.id, proof.seconds)
            if proof.verdict != "proved":
                add_failure(case, _said(proof), _told(one.network, proof, one.file))
        failures = sum(proof.verdict != "proved" for proof in one.proofs)
        seconds = sum(proof.seconds for proof in one.proofs)
        suite.attrib.update(tests=str(len(suite)), failures=str(failures), time=f"{seconds:.3f}")
    return junit_text(root)


def proofs_github(done: Sequence[ProvedSpec]) -> str:
    """Workflow commands that GitHub shows beside the lines of a change."""
    found = [diagnostic for one in done for diagnostic in one.diagnostics]
    for one in done:
        for proof in one.proofs if one.network is not None else ():
            if one.network is not None and proof.verdict != "proved":
                text = _told(one.network, proof, one.file)
                found.append(
                    annotation(one.file, proof.case.path, proof.case.id, text, "nnspec prove")
                )
    return report_github(found, len(done))


def _said(proof: Proof) -> str:
    if proof.failure is not None:
        return f"refuted: {proof.failure.shown.message}"
    return f"undecided: {proof.reason}"


def _told(network: Network, proof: Proof, file: str) -> str:
    _, *lines = proof_lines(network, proof, file, color=False)
    return "\n".join([_said(proof), *(line.strip() for line in lines[proof.failure is None :])])


RENDERERS: dict[str, Callable[[Sequence[ProvedSpec]], str]] = {
    "text": summary,
    "json": proofs_json,
    "junit": proofs_junit,
    "github": proofs_github,
}
"""What is written when all is done, by the name of its form."""
