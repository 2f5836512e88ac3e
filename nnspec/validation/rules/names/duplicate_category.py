"""NS307: two categories that cannot be told apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import category_text
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each category that repeats another, or cannot stand in a table."""
    for item in subject.spec.inputs:
        seen: dict[str, int] = {}
        for index, value in enumerate(item.categories):
            path = ("inputs", item.name, "categories", index)
            text = category_text(value)
            same = _compared(text)
            if not text or not text.isprintable() or text != text.strip():
                message = f"the category {quote(text)} is empty, padded with spaces or unprintable"
                yield Finding("NS307", path, message, "a table's cells could not be told apart")
            elif same in seen:
                yield Finding(
                    "NS307",
                    path,
                    f"the category {quote(text)} is listed twice",
                    "delete one; in a table, 1 and '1' are the same cell",
                    related=("inputs", item.name, "categories", seen[same]),
                )
            seen.setdefault(same, index)


def _compared(text: str) -> str:
    """Text as a reader sees it: composed, and without what does not show."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(c for c in composed if unicodedata.category(c) != "Cf")


RULE = error(
    "NS307",
    "duplicate-category",
    what="A category that is listed twice, or that looks the same as another, or is empty.",
    why="Each category is a unit of its own; a cell of the table must mean exactly one of them.",
    example="condition: {type: category, categories: [good, fair, good]}",
    mend="condition: {type: category, categories: [good, fair, poor]}",
)(check)
