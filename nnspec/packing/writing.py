"""Weights as the text of a spec: references to a file, and rows of numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")

WIDTH = 100


def reference_text(file: str, tensor: str, *, as_json: bool) -> str:
    """What stands in a spec for weights in a file.

    Examples
    --------
    >>> reference_text("w.safetensors", "dense.weights", as_json=False)
    '{file: w.safetensors, tensor: dense.weights}'
    """
    if as_json:
        return json.dumps({"file": file, "tensor": tensor}, ensure_ascii=False)
    shown = file if PLAIN.fullmatch(file) else json.dumps(file, ensure_ascii=False)
    return f"{{file: {shown}, tensor: {tensor}}}"


def number_text(number: float) -> str:
    """A number that reads back to the same bits, in YAML of any version and in JSON.

    Examples
    --------
    >>> number_text(0.1), number_text(1e-07), number_text(-0.0)
    ('0.1', '1.0e-07', '-0.0')
    """
    text = repr(number)
    return text if "." in text else text.replace("e", ".0e")


def list_text(items: Iterable[str], indent: str, end: str) -> str:
    """Texts in brackets, on as many lines as they need.

    Parameters
    ----------
    items
        What stands between the commas.
    indent
        What continued lines begin with.
    end
        What ends a line.
    """
    lines: list[str] = []
    line = ""
    for item in items:
        if line and len(indent) + len(line) + len(item) + 2 > WIDTH:
            lines.append(f"{line},")
            line = item
        else:
            line = f"{line}, {item}" if line else item
    lines.append(line)
    start = "" if len(lines) == 1 else end + indent
    return f"[{start}" + f"{end}{indent}".join(lines) + "]"


def rows_text(rows: Iterable[str], indent: str, end: str) -> str:
    """Rows in brackets, each on lines of its own."""
    return f"[{end}{indent}" + f",{end}{indent}".join(rows) + "]"
