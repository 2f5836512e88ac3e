"""NS302: a weight or bias that names a parameter which does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import MOST_SUGGESTIONS, did_you_mean, quote
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import weights


def check(subject: Subject) -> Iterator[Finding]:
    """Yield one finding for each unknown parameter, at its first use."""
    if not subject.names_complete:
        return
    known, seen = subject.spec.parameters, set()
    for path, weight in weights(subject.spec):
        if isinstance(weight, str) and weight not in known and weight not in seen:
            seen.add(weight)
            mend = "this spec declares no parameters"
            if known:
                mend = did_you_mean(weight, known) if len(seen) <= MOST_SUGGESTIONS else ""
            what = "a weight" if "synapses" in path else "a bias"
            yield Finding(
                "NS302",
                path,
                f"{what} must be a number or the name of a parameter; {quote(weight)} is neither",
                mend,
            )


RULE = error(
    "NS302",
    "unknown-parameter",
    what="A weight or bias given by a name that `parameters` does not declare.",
    why="Without the parameter's number there is no weight.",
    example="parameters: {rate: 120.5}\n# ...\nsynapses: {area: rte}",
    mend="parameters: {rate: 120.5}\n# ...\nsynapses: {area: rate}",
)(check)
