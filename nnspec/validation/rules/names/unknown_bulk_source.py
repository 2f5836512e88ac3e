"""NS306: a bulk layer that reads from what does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import MOST_SUGGESTIONS, did_you_mean, quote
from nnspec.spec.topology import Wiring
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each entry of `from` that is no input and no layer, or comes twice."""
    unknown = 0
    for index, layer in subject.spec.bulk_layers():
        seen: set[str] = set()
        for place, source in enumerate(layer.sources):
            path = ("layers", index, "from", place)
            if source in seen:
                message = f"'from' lists {quote(source)} twice"
                yield Finding("NS306", path, message, "delete one")
            elif subject.names_complete and subject.wiring.width(source) is None:
                unknown += 1
                yield _unknown(subject.wiring, source, path, unknown <= MOST_SUGGESTIONS)
            seen.add(source)


def _unknown(wiring: Wiring, source: str, path: Path, suggest: bool) -> Finding:
    if wiring.is_neuron(source):
        return Finding(
            "NS306",
            path,
            f"'from' names layers and inputs; {quote(source)} is a neuron",
            "name its layer, or list the synapse in a layer of named neurons",
        )
    message = f"'from' names layers and inputs; {quote(source)} is neither"
    legal = (*wiring.inputs, *wiring.layers)
    return Finding("NS306", path, message, did_you_mean(source, legal) if suggest else "")


RULE = error(
    "NS306",
    "unknown-bulk-source",
    what="An entry of a bulk layer's `from` that is neither a layer nor an input.",
    why="The columns of the weight matrix are the units of what `from` lists, in order.",
    example="layers:\n  - {name: dense, size: 2, from: [inputs], weights: [[1], [2]]}",
    mend="layers:\n  - {name: dense, size: 2, from: [area], weights: [[1], [2]]}",
)(check)
