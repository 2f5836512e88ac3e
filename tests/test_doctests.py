"""Every example in a docstring is run."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

import nnspec

ROOT = Path(nnspec.__file__).parent


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(ROOT.rglob("*.py")) if path.stem != "__main__"}

WITH_EXAMPLES = [
    name
    for name, path in MODULES.items()
    if re.search(r"^ *>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name))
    assert failed == 0
    assert tried > 0


def test_there_are_examples() -> None:
    assert len(WITH_EXAMPLES) > 20


def test_every_module_can_be_imported() -> None:
    for name in MODULES:
        assert import_module(name).__name__ == name
