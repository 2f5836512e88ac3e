"""NS305: an output that is no neuron, or is listed twice."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import MOST_SUGGESTIONS, did_you_mean, quote
from nnspec.spec.topology import INPUTS
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each entry of `outputs` that is no neuron or comes a second time."""
    outputs, wiring = subject.spec.outputs or (), subject.wiring
    seen: set[str] = set()
    unknown = 0
    for index, name in enumerate(outputs):
        path = ("outputs", index)
        layer = wiring.layer_of(name)
        if layer == INPUTS or name in wiring.inputs:
            yield Finding("NS305", path, f"output {quote(name)} is an input", "outputs are neurons")
        elif layer is None and subject.names_complete:
            unknown += 1
            mend = did_you_mean(name, wiring.neuron_names()) if unknown <= MOST_SUGGESTIONS else ""
            yield Finding("NS305", path, f"output {quote(name)} is not a neuron", mend)
        elif name in seen:
            yield Finding("NS305", path, f"output {quote(name)} is listed twice", "delete one")
        seen.add(name)


RULE = error(
    "NS305",
    "unknown-output",
    what="An entry of `outputs` that is not a neuron of the network, or that is listed twice.",
    why="An output is a neuron's value; there is nothing else to give.",
    example="outputs: [prise]",
    mend="outputs: [price]",
)(check)
