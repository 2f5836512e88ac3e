"""The corpus of broken specs: one fault in each file, one diagnostic from it, at its place.

``tests/invalid/CODE/name.yaml`` has one fault of rule CODE. What is expected stands in comments at
the file's end, ``# expect: LINE:COLUMN-END`` and lines ``# says: …`` that the message or its help
must hold, or, where a file cannot hold comments, in ``name.json`` beside it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from nnspec.diagnostics import Severity
from nnspec.diagnostics.limits import Limits
from nnspec.loading import Loaded, check_bytes, check_file
from nnspec.validation import RULES

CORPUS = Path(__file__).parent / "invalid"
FILES = sorted(CORPUS.glob("*/*.yaml"))
TEXT_FILES = [path for path in FILES if not path.with_suffix(".json").exists()]
PLACE = re.compile(r"^# expect: (\d+):(\d+)-(\d+)$", re.MULTILINE)
SAYS = re.compile(r"^# says: (.+)$", re.MULTILINE)

LOWER_LIMITS = {"NS507/synapses": Limits(synapses=50), "NS601/large": Limits(spec_bytes=100)}
"""Faults of size, which no file of a sensible size has under the usual limits."""


@dataclass(frozen=True)
class Expected:
    line: int
    column: int
    end_column: int
    says: tuple[str, ...]


def expectation(path: Path) -> Expected:
    """What a file of the corpus must give, by its own comments or the file beside it."""
    beside = path.with_suffix(".json")
    if beside.exists():
        given = json.loads(beside.read_text(encoding="utf-8"))
        return Expected(given["line"], given["column"], given["end_column"], tuple(given["says"]))
    text = path.read_bytes().decode("utf-8", errors="replace")
    (place,) = PLACE.findall(text)
    line, column, end = map(int, place)
    return Expected(line, column, end, tuple(SAYS.findall(text)))


GIVEN_AS_TEXT = {"NS602"}
"""Faults of specs that are no files."""


def checked(path: Path) -> Loaded:
    if path.parent.name in GIVEN_AS_TEXT:
        return check_bytes(path.read_bytes(), str(path))
    return check_file(path, LOWER_LIMITS.get(names(path), Limits()))


def names(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=names)
def test_a_file_gives_its_one_diagnostic_at_its_place(path: Path) -> None:
    expected = expectation(path)
    found = checked(path).diagnostics
    assert [d.code for d in found] == [path.parent.name], [str(d) for d in found]
    (diagnostic,) = found
    span = diagnostic.span
    assert span is not None
    assert (span.line, span.column, span.end_line, span.end_column) == (
        expected.line,
        expected.column,
        expected.line,
        expected.end_column,
    )
    said = f"{diagnostic.message}\n{diagnostic.help}"
    assert [text for text in expected.says if text not in said] == [], said


@pytest.mark.parametrize("path", FILES, ids=names)
def test_messages_are_one_plain_line(path: Path) -> None:
    for diagnostic in checked(path).diagnostics:
        for text in (diagnostic.message, diagnostic.help):
            assert text.isprintable()
            assert len(text) < 500
            assert text == text.strip()
            assert not text.endswith((".", ":", "!"))
            # The words of the libraries are not the author's.
            assert not re.search(
                r"instance|schema|is not of type|additional propert|Traceback|None|NoneType|dict\b",
                text,
            )


def test_every_rule_has_a_file_and_every_file_a_rule() -> None:
    assert {path.parent.name for path in FILES} == {rule.code for rule in RULES}
    assert {path.name for path in CORPUS.iterdir()} == {rule.code for rule in RULES}


def test_every_file_says_what_its_message_must_name() -> None:
    silent = [names(path) for path in FILES if not expectation(path).says]
    assert silent == []


@pytest.mark.parametrize("path", TEXT_FILES, ids=names)
def test_the_same_under_the_line_ends_of_every_system(path: Path) -> None:
    """Line ends, a byte order mark and spaces at the ends of lines change no diagnostic."""
    content = path.read_bytes()
    expected = [(d.code, d.span, d.message) for d in check_bytes(content, "a").diagnostics]
    for end in (b"\r\n", b"\r"):
        found = check_bytes(content.replace(b"\n", end), "a").diagnostics
        assert [(d.code, d.span, d.message) for d in found] == expected
    marked = check_bytes(b"\xef\xbb\xbf" + content, "a").diagnostics
    assert [(d.code, d.span, d.message) for d in marked] == expected
    padded = check_bytes(content.replace(b"\n", b"  \n"), "a").diagnostics
    assert [(d.code, d.span, d.message) for d in padded] == expected


def test_errors_forbid_the_use_of_a_spec_and_warnings_do_not() -> None:
    for path in FILES:
        loaded = checked(path)
        assert loaded.ok == all(d.severity is Severity.WARNING for d in loaded.diagnostics)
