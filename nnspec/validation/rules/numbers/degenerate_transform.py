"""NS504: a transform whose constants make no sense; NS505 is one undefined over the range."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import Input, Transform
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each step that divides by zero, is reversed, or cannot apply."""
    for item in subject.spec.inputs:
        for index, step in enumerate(item.transforms):
            fault = degenerate_step(item, step)
            if fault is not None:
                yield Finding("NS504", transform_path(item, index), *fault)


def transform_path(item: Input, index: int) -> Path:
    """Path of one step; a single step may stand without a list, where the loader finds it."""
    return ("inputs", item.name, "transform", index)


def degenerate_step(item: Input, step: Transform) -> tuple[str, str] | None:
    """Why a step makes no sense, and what to do; None if it does."""
    if item.type == "category":
        return (
            f"{quote(item.name)} is a category and cannot be transformed",
            "its units are 1 or 0 already; delete the transform",
        )
    if step.kind == "standardize" and step.parameters[1] is not None and step.parameters[1] <= 0:
        return (
            f"the deviation is {step.parameters[1]}",
            "a standard deviation is greater than 0",
        )
    if step.kind == "rescale" and step.parameters[0] == step.parameters[1]:
        return (
            f"'from' has no width: both ends are {step.parameters[0]}",
            "give the two values that become the ends of 'to'",
        )
    if step.kind == "clip":
        low, high = step.parameters
        if low is not None and high is not None and low > high:
            return f"clip is reversed: {low} is above {high}", f"did you mean [{high}, {low}]?"
    return None


RULE = error(
    "NS504",
    "degenerate-transform",
    what=(
        "A transform that divides by zero (`standardize` with no deviation, `rescale` from an "
        "interval without width), is reversed (`clip`), or applies to a category."
    ),
    why="It would turn every value into the same one, or into none.",
    example="area: {transform: {standardize: {mean: 2080, deviation: 0}}}",
    mend="area: {transform: {standardize: {mean: 2080, deviation: 918}}}",
)(check)
