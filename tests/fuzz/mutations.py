"""How files are damaged: bytes, lines, tokens, and values of a spec."""

from __future__ import annotations

import re
from random import Random

STRANGE = [
    b"010", b"0x10", b"1_000", b"1:30", b".nan", b".inf", b"1e400", b"1e-400", b"5e-324", b"1e308",
    b"-1e308", b"-0.0", b"9007199254740993", b"9007199254740992", b"99999999999999999999", b"null",
    b"~", b"", b"true", b"no", b"'1'", b'"\\u0000"', b"<<", b"*a", b"&a 1", b"!!int 1", b"[]",
    b"{}", b"[[]]", b"[null, null]", b"[1, 0]", b"a.b", b"x.0", b"x", b"y", b"1", b"0", b"-1",
    b"0.5", b"1e9", b"'", b'"', b",", b";", b"\t", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf",
    "é".encode(), "\u202e".encode(), b"log", b"exp", b"softmax", b"winner", b"max", b"product",
    b"{weight: 1}", b"[-1e308, 1e308]", b"{power: {exponent: 0.5}}", b"x" * 200,
]  # fmt: skip
"""Pieces that have broken some reader of YAML, of tables or of numbers."""

TOKEN = re.compile(rb"[\w.+-]+|[^\w\s]")


def mutate(content: bytes, rng: Random) -> bytes:
    """A file with one to three things wrong."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        ways = [_number, _number, _number, _word, _word, _token, _line, _byte, _piece, _cut]
        content = rng.choice(ways)(content, rng)
    return content


def mutate_bytes(content: bytes, rng: Random) -> bytes:
    """A file of a binary format with one byte, or few, changed; or cut, or grown."""
    kind = rng.random()
    if kind < 0.8 or len(content) < 2:
        found = bytearray(content)
        for _ in range(rng.choice([1, 1, 1, 1, 2, 4])):
            at = rng.randrange(len(found))
            found[at] = rng.choice(
                [0, 255, found[at] ^ (1 << rng.randrange(8)), rng.randrange(256)]
            )
        return bytes(found)
    return (_cut if kind < 0.9 else _piece)(content, rng)


NUMBER = re.compile(rb"(?<![\w.-])[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?(?![\w.])")

NUMBERS = [
    b"0", b"1", b"-1", b"2", b"0.5", b"-0.0", b"1e-300", b"5e-324", b"1e308", b"-1e308", b"1e16",
    b"3", b"100", b"0.1", b"1e3", b"700", b"-745", b"9007199254740992",
]  # fmt: skip

WORDS = [
    [b"identity", b"relu", b"step", b"sign", b"abs", b"square", b"cube", b"sqrt", b"exp", b"log",
     b"reciprocal", b"sigmoid", b"tanh", b"softplus", b"gelu", b"mish", b"sin", b"hard-tanh"],
    [b"sum", b"mean", b"max", b"min", b"product", b"distance", b"squared-distance", b"manhattan"],
    [b"softmax", b"normalize", b"winner"],
    [b"number", b"integer", b"boolean"],
]  # fmt: skip
"""Words that may stand in each other's place, so that much of what is tried is legal."""


def _number(content: bytes, rng: Random) -> bytes:
    found = list(NUMBER.finditer(content))
    if not found:
        return _token(content, rng)
    one = rng.choice(found)
    return content[: one.start()] + rng.choice(NUMBERS) + content[one.end() :]


def _word(content: bytes, rng: Random) -> bytes:
    families = [family for family in WORDS if any(word in content for word in family)]
    if not families:
        return _number(content, rng)
    family = rng.choice(families)
    old = rng.choice([word for word in family if word in content])
    return content.replace(old, rng.choice(family), 1)


def _token(content: bytes, rng: Random) -> bytes:
    tokens = list(TOKEN.finditer(content))
    if not tokens:
        return rng.choice(STRANGE)
    one = rng.choice(tokens)
    new = rng.choice(STRANGE) if rng.random() < 0.7 else rng.choice(tokens).group()
    return content[: one.start()] + new + content[one.end() :]


def _line(content: bytes, rng: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return b"\n"
    at = rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, rng.choice(lines))
    elif kind == 2:
        other = rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = b" " * rng.randrange(5) + lines[at]
    return b"".join(lines)


def _byte(content: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + bytes([rng.randrange(256)]) + content[at + rng.randrange(2) :]


def _piece(content: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(STRANGE) + content[at:]


def _cut(content: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[min(len(content), start + rng.randrange(1, 40)) :]
