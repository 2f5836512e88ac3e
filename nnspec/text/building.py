"""From the events of libyaml's parser to data, with an explicit stack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.limits import MOST_FAULTS, Limits
from nnspec.diagnostics.suggestions import did_you_mean, printable, quote
from nnspec.text.document import NO_END, Document, ListNode, MapNode
from nnspec.text.scalars import NumberError, Scalar, resolve_plain

# What YAML 1.2 does not allow in a text: control characters, lone surrogates, non-characters. And
# U+0085, U+2028 and U+2029, which end a line for readers of YAML 1.1 and for no others.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")

MOST_ANCHORS_NAMED = 50
"""Among more anchors than these the nearest is not looked for."""

UNCOUNTED = frozenset({"neurons", "synapses", "weights", "bias"})
"""Where a spec holds neurons and synapses, which have limits of their own."""

MERGE_HELP = "write the entries out"
KEY_HELP = "write the key as plain text"

TAG = re.compile(r"!(?:<[^>]*>|[^\s,\[\]{}]*)")


LIBYAML_DEPTH = 1000
"""How deep libyaml reads, whatever the limit; its scanner reads ahead and may meet this first."""


def too_deep(limits: Limits) -> tuple[str, str]:
    """What is said of a spec nested too deep, whoever meets it first, and the help."""
    most = min(limits.depth, LIBYAML_DEPTH)
    return (
        f"nested deeper than {most:,} levels",
        "no spec needs this depth; is a bracket left open?",
    )


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


class Builder:
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
        """Read the document to its end, or to where it must not be read further."""
        handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open_mapping,
            yaml.SequenceStartEvent: self._open_list,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._start_document,
        }
        parser = yaml.CSafeLoader(self.document.text)
        try:
            # Without yaml.parse's generator, which asks for each event twice.
            for event in iter(parser.get_event, None):
                handler = handlers.get(type(event))
                if handler is not None:
                    handler(event)
        except _Stop:
            self.document.complete = False
        finally:
            parser.dispose()

    # -- events -------------------------------------------------------------------------------

    def _start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._report("NS105", event, "a second document begins here", "a spec is one document")
            raise _Stop

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._count(1, event)
        style = event.style
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.awaits_key and type(frame.node) is MapNode:
            self._scalar_key(frame, event, start, end)
            return
        value: Scalar = event.value
        if event.tag is not None:
            self._report_tag(event)
        elif not style:
            value = self._plain(event)
        elif style == '"' and FORBIDDEN.search(event.value):
            self._report_escaped(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1)
        self._attach(value, start, end)

    def _scalar_key(self, frame: _Frame, event: Any, start: int, end: int) -> None:
        key = event.value
        frame.awaits_key = False
        frame.key, frame.key_start, frame.key_end = key, start, end
        if event.anchor is not None:
            self.anchors[event.anchor] = (key, 1)
        if event.tag is not None:
            self._report_tag(event)
        elif not event.style and not self._is_text_key(key, event):
            return
        if event.style == '"' and FORBIDDEN.search(key):
            self._report_escaped(event)
        if key in frame.node:
            self._report_duplicate(frame, event)

    def _is_text_key(self, key: str, event: Any) -> bool:
        """Whether a plain key is text; otherwise report it and drop its entry."""
        if key == "<<":
            self._report("NS106", event, "merge keys ('<<') are not part of the format", MERGE_HELP)
            return self._drop()
        try:
            resolved = resolve_plain(key) if key[:1] in "+-.0123456789tfn~" else key
        except NumberError:
            resolved = None
        if isinstance(resolved, str):
            return True
        mend = self._comma_help(key) or f"quote it if it is meant as text: '{key}'"
        self._report("NS107", event, f"the key {key or 'nothing'} is not text", mend)
        return self._drop()

    def _comma_help(self, key: str) -> str:
        """The mend of {area: 181,8}, which YAML reads as two entries; empty for other keys."""
        frame = self.stack[-1]
        last = next(reversed(frame.node.values()), None) if type(frame.node) is MapNode else None
        is_flow = self.document.text[frame.start : frame.start + 1] == "{"
        if not is_flow or not key.isdigit() or type(last) is not int:
            return ""
        return f"a comma ends an entry here: write a decimal point, {last}.{key}, or {last}{key}"

    def _open_mapping(self, event: Any) -> None:
        self._open(event, MapNode())

    def _open_list(self, event: Any) -> None:
        self._open(event, ListNode())

    def _open(self, event: Any, node: Any) -> None:
        self._count(1, event)
        if event.tag is not None:
            self._report_tag(event)
        if len(self.stack) >= self.limits.depth:
            self._report("NS113", event, *too_deep(self.limits))
            raise _Stop
        start = event.start_mark.index
        if event.anchor is not None:
            self.anchors[event.anchor] = (_OPEN, 0)
        frame = _Frame(node, start, anchor=event.anchor)
        self.stack.append(frame)

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (frame.node, frame.size)
        is_flow = self.document.text[frame.start : frame.start + 1] in ("{", "[")
        self._attach(frame.node, frame.start, event.end_mark.index if is_flow else NO_END)
        if self.stack:
            self.stack[-1].size += frame.size - 1

    def _alias(self, event: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.awaits_key and type(frame.node) is MapNode:
            frame.awaits_key = False
            frame.key = f"*{event.anchor}"
            self._report("NS107", event, f"the key *{event.anchor} is an alias, not text", KEY_HELP)
            self._drop()
            return
        value, size = self.anchors.get(event.anchor, (_UNKNOWN, 1))
        if value is _UNKNOWN:
            self._report(
                "NS117",
                event,
                f"the alias *{event.anchor} has no anchor &{event.anchor} before it",
                self._known_anchors(event.anchor),
            )
            value = None
        elif value is _OPEN:
            message = f"the alias *{event.anchor} stands inside its own anchor"
            self._report("NS112", event, message, "write the inner value out")
            value, size = None, 1
        self._count(size, event)
        self._attach(value, event.start_mark.index, event.end_mark.index)
        if self.stack:
            self.stack[-1].size += size - 1

    def _known_anchors(self, given: str) -> str:
        """Help that names the anchors which an alias could mean."""
        if not self.anchors:
            return "there is no anchor before it: write the value out"
        if len(self.anchors) > MOST_ANCHORS_NAMED:
            return ""
        return did_you_mean(given, self.anchors)

    # -- building -----------------------------------------------------------------------------

    def _attach(self, value: Any, start: int, end: int) -> None:
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
        elif frame.awaits_key:
            self._refuse_collection_key(frame, start)
            return
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
            self._check_parts()

    def _refuse_collection_key(self, frame: _Frame, start: int) -> None:
        finding = Finding("NS107", self._path(), "a list or mapping cannot be a key", KEY_HELP)
        frame.awaits_key = False
        self._add(finding, start, start + 1)
        self._drop()

    def _plain(self, event: Any) -> Scalar:
        try:
            return resolve_plain(event.value)
        except NumberError as error:
            self._report(error.code, event, error.message, error.help)
            return 0.0

    def _count(self, size: int, event: Any) -> None:
        self.expanded += size
        if self.expanded > self.limits.nodes:
            self._report(
                "NS111",
                event,
                f"the spec holds more than {self.limits.nodes:,} values once its aliases are "
                "expanded",
                "raise the limit with --limit nodes=…, or write out what the aliases stand for",
            )
            raise _Stop

    def _check_parts(self) -> None:
        """Refuse a long list or map that is none of those which hold neurons and weights."""
        path = self._path()
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
        self._add(Finding("NS507", path, message, mend), start, max(end, start + 1))
        raise _Stop

    def _drop(self) -> bool:
        """Forget the entry whose key was refused; what its map lacks is then no second fault."""
        frame = self.stack[-1]
        frame.dropped = True
        self.document.spoilt.add((*self._path(), "<<"))
        return False

    # -- reports ------------------------------------------------------------------------------

    def _path(self) -> Path:
        """Where the builder stands: the path of the innermost open mapping or list."""
        steps: list[str | int] = []
        for frame in self.stack[:-1]:
            if type(frame.node) is ListNode:
                steps.append(len(frame.node))
            else:
                steps.append(frame.key if frame.key is not None else "")
        return tuple(steps)

    def _value_path(self) -> Path:
        """The path of the value that is being read."""
        if not self.stack:
            return ()
        frame = self.stack[-1]
        if type(frame.node) is ListNode:
            return (*self._path(), len(frame.node))
        return (*self._path(), frame.key if frame.key is not None else "")

    def _add(self, finding: Finding, start: int, end: int) -> None:
        self.document.findings.append((finding, start, end))
        if len(self.document.findings) >= MOST_FAULTS:
            raise _Stop

    def _report(self, code: str, event: Any, message: str, mend: str = "") -> None:
        path = self._value_path()
        finding = Finding(code, path, message, mend)
        start, end = event.start_mark.index, event.end_mark.index
        self.document.spoilt.add(path)
        self._add(finding, start, end)

    def _report_tag(self, event: Any) -> None:
        start = event.start_mark.index
        tag = TAG.search(self.document.text, start)  # an anchor may stand before it
        if tag is not None:
            start, end = tag.span()
        else:
            end = event.end_mark.index
        path = self._value_path()
        message = f"the tag {quote(self.document.text[start:end])} is not allowed"
        mend = "delete it; a spec holds plain text, numbers, lists and maps only"
        self.document.spoilt.add(path)
        self._add(Finding("NS104", path, message, mend), start, end)

    def _report_escaped(self, event: Any) -> None:
        character = FORBIDDEN.search(event.value)
        code = ord(character.group()) if character is not None else 0
        message = f"the character U+{code:04X} is not allowed in a spec"
        self._report("NS114", event, message, "delete the escape; tools disagree about it")

    def _report_duplicate(self, frame: _Frame, event: Any) -> None:
        if frame.places is None:
            frame.places = {key: place for place, key in enumerate(frame.node)}
        at = frame.places[event.value]
        first = self.document.span_of_offsets(frame.node.marks[4 * at], 0)
        finding = Finding(
            "NS103",
            (*self._path(), event.value),
            f"the key {quote(event.value)} is given twice; first at line {first.line}",
            "keep one of the two",
            at="key",
        )
        frame.dropped = True
        self._add(finding, event.start_mark.index, event.end_mark.index)


class _Sentinel:
    """An anchor that cannot be used: never seen, or still open."""


_UNKNOWN = _Sentinel()
_OPEN = _Sentinel()
