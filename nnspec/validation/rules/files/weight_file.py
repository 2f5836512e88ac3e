"""NS602: weights or biases in a file, of a spec that is in no folder."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each weight file that was not opened."""
    for index, key, given in subject.spec.weight_files():
        if given.values is None:
            yield Finding(
                "NS602",
                ("layers", index, key, "file"),
                f"layer {quote(subject.spec.layers[index].name)} takes its {key} from "
                f"{quote(given.file)}, but this spec is in no folder that the file could be in",
                "give the spec as a file; from Python say where: "
                "loads(text, folder='specs') or Network(spec, folder='specs')",
            )


RULE = error(
    "NS602",
    "weight-file-without-folder",
    what=(
        "Weights or biases given as `{file: ..., tensor: ...}` in a spec that comes from standard "
        "input, from a text or from Python, and so has no folder."
    ),
    why=(
        "The path of a weight file is taken from the spec's folder. Without one, the file that "
        "happens to have the name in the current folder might be read."
    ),
    example="{name: dense, size: 1, from: [area], weights: {file: w.npy}}",
    mend=(
        "Give the spec as a file. From Python, say where its files are, with "
        "`nnspec.loads(text, folder='specs')` or `nnspec.Network(spec, folder='specs')`."
    ),
)(check)
