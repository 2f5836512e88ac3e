"""From bytes to a :class:`~nnspec.document.Document`: encoding, events, faults of the YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from nnspec.diagnostics import Finding, Path
from nnspec.document import LINE_BREAK, NO_END, Document, ListNode, MapNode
from nnspec.limits import DEFAULT_LIMITS, MOST_FAULTS, Limits
from nnspec.suggestions import did_you_mean, printable, quote
from nnspec.yaml_scalars import NumberError, Scalar, resolve_plain

# What YAML 1.2 does not allow in a text: control characters, lone surrogates, non-characters.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

MOST_ANCHORS_NAMED = 50
"""Among more anchors than these the nearest is not looked for."""

UNCOUNTED = frozenset({"neurons", "synapses", "weights", "bias"})
"""Where a spec holds neurons and synapses, which have limits of their own."""

MERGE_HELP = "write the entries out"
KEY_HELP = "write the key as plain text"

TAG = re.compile(r"!(?:<[^>]*>|[^\s,\[\]{}]*)")

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
    "found invalid Unicode character escape code": "no character has this number",
    "found unknown escape character": "in double quotes a backslash escapes: write '\\\\'",
}


def parse_bytes(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Decode and parse a spec's bytes; never raises on bad content."""
    if len(content) > limits.spec_bytes:
        return _refused(
            "NS601",
            f"the file is larger than {limits.spec_bytes:,} bytes",
            "raise the limit with --limit spec-bytes=…, or move weights into a weight file",
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
    builder = _Builder(document, limits)
    try:
        builder.run()
    except yaml.MarkedYAMLError as error:
        _report_syntax(document, error)
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


def _report_syntax(document: Document, error: yaml.MarkedYAMLError) -> None:
    """Turn libyaml's complaint into a finding at the place an author would look at."""
    problem = error.problem or "not YAML"
    # A quote that never closes is reported where it opens, not at the end of the file.
    unclosed = problem == "found unexpected end of stream" and error.context_mark is not None
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    offset = 0 if mark is None else mark.index
    code, message, mend = "NS101", f"not valid YAML: {problem}", SYNTAX_HELP.get(problem, "")
    if problem == "did not find expected key" and not _begins_a_line(document, offset):
        mend = "the value ended before this: quote the whole value, or delete the rest of the line"
    if "tab" in problem or document.text[offset : offset + 1] == "\t":
        code, message = "NS102", "a TAB indents this line"
        mend = "indent with spaces; YAML forbids tabs"
    elif "flow" in (error.context or "") and error.context_mark is not None:
        opener = document.span_of_offsets(error.context_mark.index, error.context_mark.index + 1)
        message += f", in the bracket opened at {opener.line}:{opener.column}"
    document.findings.append((Finding(code, (), message, mend), offset, offset + 1))
    document.complete = False


def _begins_a_line(document: Document, offset: int) -> bool:
    before = LINE_BREAK.split(document.text[max(0, offset - 1000) : offset])[-1]
    return not before.strip()


@dataclass(slots=True)
class _Frame:
    """A mapping or list being built, and the key that waits for its value."""

    node: Any
    start: int
    size: int = 1
    anchor: str | None = None
    key: str | None = None
    key_start: int = 0
    key_end: int = 0
    awaits_key: bool = True
    dropped: bool = False  # the key was refused: its value is read and thrown away
    places: dict[str, int] | None = None  # of each key among its map's, once one comes twice


class _Stop(Exception):  # noqa: N818 -- not an error, a way out
    """Reading further would be pointless or dangerous; the reason is already reported."""


class _Builder:
    """Builds a document from events with an explicit stack."""

    def __init__(self, document: Document, limits: Limits) -> None:
        self.document = document
        self.limits = limits
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.has_root = False
        self.expanded = 0
        self.documents = 0

    def run(self) -> None:
        handlers = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: self.open_mapping,
            yaml.SequenceStartEvent: self.open_list,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceEndEvent: self.close,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.start_document,
        }
        try:
            for event in yaml.parse(self.document.text, Loader=yaml.CSafeLoader):
                handler = handlers.get(type(event))
                if handler is not None:
                    handler(event)
        except _Stop:
            self.document.complete = False

    # -- events -------------------------------------------------------------------------------

    def start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self.report("NS105", event, "a second document begins here", "a spec is one document")
            raise _Stop

    def scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self.count(1, event)
        style = event.style
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.awaits_key and type(frame.node) is MapNode:
            self.scalar_key(frame, event, start, end)
            return
        value: Scalar = event.value
        if event.tag is not None:
            self.report_tag(event)
        elif not style:
            value = self.plain(event)
        elif style == '"' and FORBIDDEN.search(event.value):
            self.report_escaped(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1)
        self.attach(value, start, end)

    def scalar_key(self, frame: _Frame, event: Any, start: int, end: int) -> None:
        key = event.value
        frame.awaits_key = False
        frame.key, frame.key_start, frame.key_end = key, start, end
        if event.anchor is not None:
            self.anchors[event.anchor] = (key, 1)
        if event.tag is not None:
            self.report_tag(event)
        elif not event.style and not self.is_text_key(key, event):
            return
        if event.style == '"' and FORBIDDEN.search(key):
            self.report_escaped(event)
        if key in frame.node:
            self.report_duplicate(frame, event)

    def is_text_key(self, key: str, event: Any) -> bool:
        """Whether a plain key is text; otherwise report it and drop its entry."""
        if key == "<<":
            self.report("NS106", event, "merge keys ('<<') are not part of the format", MERGE_HELP)
            return self.drop()
        try:
            resolved = resolve_plain(key) if key[:1] in "+-.0123456789tfn~" else key
        except NumberError:
            resolved = None
        if isinstance(resolved, str):
            return True
        self.report(
            "NS107",
            event,
            f"the key {key or 'nothing'} is not text",
            f"quote it if it is meant as text: '{key}'",
        )
        return self.drop()

    def open_mapping(self, event: Any) -> None:
        self.open(event, MapNode())

    def open_list(self, event: Any) -> None:
        self.open(event, ListNode())

    def open(self, event: Any, node: Any) -> None:
        self.count(1, event)
        if event.tag is not None:
            self.report_tag(event)
        if len(self.stack) >= self.limits.depth:
            self.report(
                "NS113",
                event,
                f"nested deeper than {self.limits.depth} levels",
                "no spec needs this depth; is a bracket left open?",
            )
            raise _Stop
        start = event.start_mark.index
        if event.anchor is not None:
            self.anchors[event.anchor] = (_OPEN, 0)
        frame = _Frame(node, start, anchor=event.anchor)
        self.stack.append(frame)

    def close(self, event: Any) -> None:
        frame = self.stack.pop()
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (frame.node, frame.size)
        is_flow = self.document.text[frame.start : frame.start + 1] in ("{", "[")
        self.attach(frame.node, frame.start, event.end_mark.index if is_flow else NO_END)
        if self.stack:
            self.stack[-1].size += frame.size - 1

    def alias(self, event: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.awaits_key and type(frame.node) is MapNode:
            frame.awaits_key = False
            frame.key = f"*{event.anchor}"
            self.report("NS107", event, f"the key *{event.anchor} is an alias, not text", KEY_HELP)
            self.drop()
            return
        value, size = self.anchors.get(event.anchor, (_UNKNOWN, 1))
        if value is _UNKNOWN:
            self.report(
                "NS117",
                event,
                f"the alias *{event.anchor} has no anchor &{event.anchor} before it",
                self.known_anchors(event.anchor),
            )
            value = None
        elif value is _OPEN:
            message = f"the alias *{event.anchor} stands inside its own anchor"
            self.report("NS112", event, message, "write the inner value out")
            value, size = None, 1
        self.count(size, event)
        self.attach(value, event.start_mark.index, event.end_mark.index)
        if self.stack:
            self.stack[-1].size += size - 1

    def known_anchors(self, given: str) -> str:
        """Help that names the anchors which an alias could mean."""
        if not self.anchors:
            return "there is no anchor before it: write the value out"
        if len(self.anchors) > MOST_ANCHORS_NAMED:
            return ""
        return did_you_mean(given, self.anchors)

    # -- building -----------------------------------------------------------------------------

    def attach(self, value: Any, start: int, end: int) -> None:
        if not self.stack:
            self.document.data = value
            self.has_root = True
            return
        frame = self.stack[-1]
        frame.size += 1
        node = frame.node
        if type(node) is ListNode:
            node.append(value)
            node.marks.extend((start, end))
            if len(node) == self.limits.parts + 1:
                self.check_parts()
        elif frame.awaits_key:
            self.refuse_collection_key(frame, start)
        else:
            frame.awaits_key = True
            if frame.dropped:
                frame.dropped = False
                return
            if frame.places is not None and frame.key is not None:
                frame.places[frame.key] = len(node)
            node[frame.key] = value
            node.marks.extend((frame.key_start, frame.key_end, start, end))
            if len(node) == self.limits.parts + 1:
                self.check_parts()

    def refuse_collection_key(self, frame: _Frame, start: int) -> None:
        finding = Finding("NS107", self.path(), "a list or mapping cannot be a key", KEY_HELP)
        frame.awaits_key = False
        self.add(finding, start, start + 1)
        self.drop()

    def plain(self, event: Any) -> Scalar:
        try:
            return resolve_plain(event.value)
        except NumberError as error:
            self.report(error.code, event, error.message, error.help)
            return 0.0

    def count(self, size: int, event: Any) -> None:
        self.expanded += size
        if self.expanded > self.limits.nodes:
            self.report(
                "NS111",
                event,
                f"the spec holds more than {self.limits.nodes:,} values once its aliases are "
                "expanded",
                "raise the limit with --limit nodes=…, or move weights into a weight file",
            )
            raise _Stop

    def check_parts(self) -> None:
        """Refuse a long list or map that is none of those which hold neurons and weights."""
        path = self.path()
        steps = [step for step in path if isinstance(step, str)]
        if UNCOUNTED.intersection(steps) and "activation" not in steps:
            return
        if not steps or any(step.startswith("x-") for step in steps):
            return  # nothing walks over extensions; and a spec has no list of its own
        frame = self.stack[-2]
        start, end = frame.key_start, frame.key_end
        if type(frame.node) is ListNode:
            start = end = self.stack[-1].start
        most = self.limits.parts
        message = f"'{printable(steps[-1])}' has more than {most:,} entries"
        mend = "raise the limit with --limit parts=…, if the machine can hold them"
        self.add(Finding("NS507", path, message, mend), start, max(end, start + 1))
        raise _Stop

    def drop(self) -> bool:
        """Forget the entry whose key was refused; what its map lacks is then no second fault."""
        frame = self.stack[-1]
        frame.dropped = True
        self.document.spoilt.add((*self.path(), "<<"))
        return False

    # -- reports ------------------------------------------------------------------------------

    def path(self) -> Path:
        """Where the builder stands: the path of the innermost open mapping or list."""
        steps: list[str | int] = []
        for frame in self.stack[:-1]:
            if type(frame.node) is ListNode:
                steps.append(len(frame.node))
            else:
                steps.append(frame.key if frame.key is not None else "")
        return tuple(steps)

    def value_path(self) -> Path:
        """The path of the value that is being read."""
        if not self.stack:
            return ()
        frame = self.stack[-1]
        if type(frame.node) is ListNode:
            return (*self.path(), len(frame.node))
        return (*self.path(), frame.key if frame.key is not None else "")

    def add(self, finding: Finding, start: int, end: int) -> None:
        self.document.findings.append((finding, start, end))
        if len(self.document.findings) >= MOST_FAULTS:
            raise _Stop

    def report(self, code: str, event: Any, message: str, mend: str = "") -> None:
        path = self.value_path()
        finding = Finding(code, path, message, mend)
        start, end = event.start_mark.index, event.end_mark.index
        self.document.spoilt.add(path)
        self.add(finding, start, end)

    def report_tag(self, event: Any) -> None:
        start = event.start_mark.index
        tag = TAG.search(self.document.text, start)  # an anchor may stand before it
        if tag is not None:
            start, end = tag.span()
        else:
            end = event.end_mark.index
        path = self.value_path()
        message = f"the tag {quote(self.document.text[start:end])} is not allowed"
        mend = "delete it; a spec holds plain text, numbers, lists and maps only"
        self.document.spoilt.add(path)
        self.add(Finding("NS104", path, message, mend), start, end)

    def report_escaped(self, event: Any) -> None:
        character = FORBIDDEN.search(event.value)
        code = ord(character.group()) if character is not None else 0
        message = f"the character U+{code:04X} is not allowed in a spec"
        self.report("NS114", event, message, "delete the escape; tools disagree about it")

    def report_duplicate(self, frame: _Frame, event: Any) -> None:
        if frame.places is None:
            frame.places = {key: place for place, key in enumerate(frame.node)}
        at = frame.places[event.value]
        first = self.document.span_of_offsets(frame.node.marks[4 * at], 0)
        finding = Finding(
            "NS103",
            (*self.path(), event.value),
            f"the key {quote(event.value)} is given twice; first at line {first.line}",
            "keep one of the two",
            at="key",
        )
        frame.dropped = True
        self.add(finding, event.start_mark.index, event.end_mark.index)


class _Sentinel:
    """An anchor that cannot be used: never seen, or still open."""


_UNKNOWN = _Sentinel()
_OPEN = _Sentinel()
