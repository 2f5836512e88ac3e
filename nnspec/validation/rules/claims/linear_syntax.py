"""NS707: text under `linear` that is no linear inequality."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.linear import LinearSyntaxError
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._claims import inequalities

WINDOW = 50
"""How much of a long text a message shows."""


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each inequality that cannot be read."""
    for path, text, parsed in inequalities(subject):
        if isinstance(parsed, LinearSyntaxError):
            yield Finding("NS707", path, _message(text, parsed), parsed.help)


def _message(text: str, fault: LinearSyntaxError) -> str:
    """The fault, and where in the text it stands."""
    if not text.strip():
        return fault.message
    place = f"character {fault.position + 1:,} of {quote(_excerpt(text, fault.position))}"
    return f"{fault.message} ({place})"


def _excerpt(text: str, position: int) -> str:
    """The text, or of a long one what stands around a position."""
    if len(text) <= WINDOW:
        return text
    start = max(0, min(position - WINDOW // 2, len(text) - WINDOW))
    end = start + WINDOW
    before, after = "…" if start > 0 else "", "…" if end < len(text) else ""
    return before + text[start:end] + after


RULE = error(
    "NS707",
    "linear-syntax",
    what=(
        "Text under `linear` that is not a linear inequality: terms such as `price`, `2*price` or "
        "`75700`, added or subtracted, with one of `<=`, `>=` and `=` between two sides. There is "
        "no other arithmetic. A hyphen belongs to the name it touches, so a minus between two "
        "names needs its spaces."
    ),
    why="A claim that cannot be read cannot be kept.",
    example='linear: ["2 price > 3 historic"]',
    mend='linear: ["2*price - 3*historic >= 0"]',
)(check)
