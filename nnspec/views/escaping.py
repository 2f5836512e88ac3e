"""Text of a spec inside HTML, XML and Markdown: shown as it is, obeyed never."""

from __future__ import annotations

import re
from html import escape

from nnspec.diagnostics.suggestions import printable

PLAIN = re.compile(r"[^<>&|`\\@$\s](?:[^<>&|`\\@$]*[^<>&|`\\@$\s])?")
"""Text that backticks hold as it is, in a table's cell too."""

LETTERS = re.compile(r"[^A-Za-z0-9 .,;()+=/%'…-]")
"""All that may mean something to Markdown, and more."""


def safe(text: str) -> str:
    """Text that stays text in HTML, whatever it holds."""
    return escape(printable(text), quote=True)


def safe_xml(text: str) -> str:
    r"""Text for an element or a quoted attribute of SVG; what XML cannot hold is replaced.

    Examples
    --------
    >>> safe_xml('a < b & "c" ]]> \x00')
    'a &lt; b &amp; &quot;c&quot; ]]&gt; �'
    """
    return escape("".join(c if _is_legal(c) else "\ufffd" for c in text)).replace("&#x27;", "&#39;")


def _is_legal(character: str) -> bool:
    """Whether XML 1.0 has a character."""
    code = ord(character)
    return character in "\t\n\r" or 0x20 <= code <= 0xD7FF or (
        0xE000 <= code <= 0xFFFD or code >= 0x10000
    )  # fmt: skip


def code(text: str) -> str:
    r"""A text in code's letters; what Markdown or HTML would read as theirs is written as numbers.

    Between backticks a ``|`` would still end a table's cell, and a backtick the code; ``<code>``
    with every odd letter as its number holds anything, and hosts make no link or mention of it.

    Examples
    --------
    >>> code("area"), code("a|b `c` <script>")
    ('`area`', '<code>a&#124;b &#96;c&#96; &#60;script&#62;</code>')
    """
    text = printable(text)
    if not text:
        return ""
    if PLAIN.fullmatch(text):
        return f"`{text}`"
    return f"<code>{LETTERS.sub(_number, text)}</code>"


def prose(text: str) -> str:
    """A sentence of nnspec's own with names in it, which cannot begin or end any markup.

    Examples
    --------
    >>> prose("price moves by 5 *USD*")
    'price moves by 5 &#42;USD&#42;'
    """
    return LETTERS.sub(_kept_apart, printable(text))


def _kept_apart(match: re.Match[str]) -> str:
    # Hosts look for mentions and issues in the finished page, where a number is a letter again; a
    # space of no width keeps them from it.
    return _number(match) + ("&#8203;" if match[0] in "@#" else "")


def _number(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
