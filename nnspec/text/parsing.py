"""From bytes to a :class:`~nnspec.text.document.Document`: encoding, events, faults of the YAML."""

from __future__ import annotations

from typing import TypeGuard

import yaml

from nnspec.diagnostics import Finding
from nnspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from nnspec.text.building import FORBIDDEN, Builder, too_deep
from nnspec.text.document import LINE_BREAK, Document

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

# libyaml's words for a fault -> the mend, in the author's words.
SYNTAX_HELP = {
    "mapping values are not allowed in this context": (
        "a second ': ' on one line, a key above that lacks its ':', or a line indented under a "
        "value: quote text that contains ': ', and check the indentation"
    ),
    "did not find expected key": "this line is indented less or more than its neighbours",
    "did not find expected '-' indicator": "a list's items must all begin with '- ' in one column",
    "did not find expected ',' or ']'": "a list opened with '[' needs ',' between items and a ']'",
    "did not find expected ',' or '}'": "a map opened with '{' needs ',' between entries and a '}'",
    "did not find expected node content": "a value is missing here",
    "could not find expected ':'": "a key needs ': ' after it",
    "found character that cannot start any token": (
        "'@', '`', '%' and TAB cannot begin a value: quote it"
    ),
    "found unexpected end of stream": "the quote that opens here is never closed",
    "did not find expected <document start>": (
        "the spec ended above, at '...' or a closing bracket: delete what follows"
    ),
    "found invalid Unicode character escape code": (
        "no character has this number: write the character itself"
    ),
    "found unknown escape character": "in double quotes a backslash escapes: write '\\\\'",
}


def parse_bytes(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Decode and parse a spec's bytes; never raises on bad content."""
    if len(content) > limits.spec_bytes:
        return _refused(
            "NS601",
            f"the file is larger than {limits.spec_bytes:,} bytes",
            "raise the limit with --limit spec-bytes=…, if the file is meant to be so large",
        )
    if content.startswith(UTF16_MARKS):
        return _refused("NS115", "the file is UTF-16, not UTF-8", "save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _undecodable(content, error)
    return parse_text(text, limits)


def parse_text(text: str, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Parse a spec's text; never raises on bad content.

    Examples
    --------
    >>> document = parse_text("a: {b: 1.5}")
    >>> document.data["a"]["b"], document.span(("a", "b"))
    (1.5, Span(line=1, column=8, end_line=1, end_column=11))
    """
    document = Document(text)
    bad = FORBIDDEN.search(text)
    if bad is not None:
        _report_character(document, bad.group(), bad.start(), bad.end())
        return document
    builder = Builder(document, limits)
    try:
        builder.run()
    except yaml.MarkedYAMLError as error:
        _report_syntax(document, error, limits)
    except yaml.YAMLError as error:  # the reader's own, which carries no marks
        document.findings.append((Finding("NS101", (), f"not YAML: {error}"), 0, 0))
        document.complete = False
    if document.complete and not builder.has_root:
        document.findings.append((_EMPTY, 0, 0))
        document.complete = False
    return document


_EMPTY = Finding(
    "NS116",
    (),
    "the file holds no spec: it is empty or all comments",
    "'nnspec new NAME' writes a starter spec",
)


def _refused(code: str, message: str, help: str, offset: int = 0) -> Document:  # noqa: A002
    finding = Finding(code, (), message, help)
    return Document("", findings=[(finding, offset, offset)], complete=False)


def _undecodable(content: bytes, error: UnicodeDecodeError) -> Document:
    offset = error.start + (3 if content.startswith(b"\xef\xbb\xbf") else 0)
    # Bytes before the fault decode one to one or better, so the place shown is the fault's own.
    document = Document(content[:offset].decode("utf-8-sig") + "\ufffd")
    finding = Finding(
        "NS115",
        (),
        f"the file is not UTF-8: byte {offset:,} is 0x{content[offset]:02x}",
        "save it as UTF-8",
    )
    at = len(document.text) - 1
    document.findings.append((finding, at, at + 1))
    document.complete = False
    return document


def _report_character(document: Document, character: str, start: int, end: int) -> None:
    finding = Finding(
        "NS114",
        (),
        f"the character U+{ord(character):04X} is not allowed in a spec",
        "delete it; it does not show, and tools disagree about it",
    )
    document.findings.append((finding, start, end))
    document.complete = False


LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"


def _report_syntax(document: Document, error: yaml.MarkedYAMLError, limits: Limits) -> None:
    """Turn libyaml's complaint into a finding at the place an author would look at."""
    problem = error.problem or "not YAML"
    # A quote that never closes is reported where it opens, not at the end of the file.
    unclosed = problem == "found unexpected end of stream" and error.context_mark is not None
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    offset = _last_written(document, 0 if mark is None else mark.index)
    code, message, mend = "NS101", f"not valid YAML: {problem}", SYNTAX_HELP.get(problem, "")
    if problem == LIBYAML_TOO_DEEP:
        code, (message, mend) = "NS113", too_deep(limits)
    if problem == "did not find expected key" and not _begins_a_line(document, offset):
        mend = "the value ended before this: quote the whole value, or delete the rest of the line"
    if "tab" in problem or document.text[offset : offset + 1] == "\t":
        code, message = "NS102", "a TAB indents this line"
        mend = "indent with spaces; YAML forbids tabs"
    elif "flow" in (error.context or "") and _is_before(error.context_mark, mark):
        opener = document.span_of_offsets(error.context_mark.index, error.context_mark.index + 1)
        message += f", in the bracket opened at {opener.line}:{opener.column}"
    document.findings.append((Finding(code, (), message, mend), offset, offset + 1))
    document.complete = False


def _is_before(one: yaml.Mark | None, other: yaml.Mark | None) -> TypeGuard[yaml.Mark]:
    return one is not None and other is not None and one.index < other.index


def _last_written(document: Document, offset: int) -> int:
    """A place, or the last letter before it where nothing but blanks and comments stand there."""
    rest = LINE_BREAK.split(document.text[offset : offset + 1000])[0].strip()
    if (rest and not rest.startswith("#")) or not _begins_a_line(document, offset):
        return offset
    lines = document.text[:offset].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return max(0, len("".join(lines).rstrip()) - 1)


def _begins_a_line(document: Document, offset: int) -> bool:
    before = LINE_BREAK.split(document.text[max(0, offset - 1000) : offset])[-1]
    return not before.strip()
