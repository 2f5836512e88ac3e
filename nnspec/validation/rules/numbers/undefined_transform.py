"""NS505: a transform that is undefined for part of the declared range."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.inputs import number_bounds
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules.numbers.degenerate_transform import degenerate_step, transform_path


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for the first step of an input that some declared value cannot take."""
    for item in subject.spec.inputs:
        bounds = number_bounds(item)
        for index, step in enumerate(item.transforms):
            function = TRANSFORMS.get(step.kind)
            if function is None or degenerate_step(item, step) is not None:
                break  # that is reported; what comes after it nobody can tell
            floor, is_open = function.domain
            if -math.inf < bounds[0] and (bounds[0] < floor or (is_open and bounds[0] == floor)):
                sign = "above" if is_open else "from"
                yield Finding(
                    "NS505",
                    transform_path(item, index),
                    f"{step.kind} is defined {sign} {floor:g}, and {quote(item.name)} may be "
                    f"{bounds[0]:g} here",
                    "raise the range's low end, or clip first" + _or_log1p(step.kind, bounds[0]),
                )
                break
            if bounds[0] == -math.inf and function.domain[0] > -math.inf:
                break
            bounds = function.image(bounds, *step.parameters)
            if not bounds[0] <= bounds[1]:
                break


def _or_log1p(kind: str, low: float) -> str:
    return "; log1p takes 0 too" if kind == "log" and low == 0 else ""


RULE = error(
    "NS505",
    "undefined-transform",
    what="A `log`, `log1p` or `sqrt` of values that the declared range allows and it does not.",
    why="Those rows of the table could not be evaluated.",
    example="area: {range: [0, 20000], transform: log}",
    mend="area: {range: [100, 20000], transform: log}",
)(check)
