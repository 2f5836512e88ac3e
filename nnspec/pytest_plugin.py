"""The pytest plugin: every example, property and range of a spec is a test of its own.

pytest loads this module in every run of every project that has nnspec installed, so that it
imports nothing at its top but what pytest has imported already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nnspec.claims import Case, Options
    from nnspec.diagnostics import Diagnostic
    from nnspec.network import Network
    from nnspec.text.document import Document

OWN_ENDINGS = (".nnspec.yaml", ".nnspec.yml")
"""Files that are specs by their names."""

ENDINGS = (".yaml", ".yml")
"""Files that may be specs, if they are asked for."""

BRACKETS = str.maketrans("[]", "()")

IS_SPEC = re.compile(rb"^(nnspec|\"nnspec\"|'nnspec')[ \t]*:", re.MULTILINE)


_LEGAL = {
    "nnspec_seed": "a whole number",
    "nnspec_max_examples": "a whole number of at least 1",
    "nnspec_budget": "a number of seconds, more than 0",
}
"""What the settings may be."""


class ClaimError(Exception):
    """A claim of a spec failed; the message is what people are to read."""


class FaultySpecError(Exception):
    """A spec has errors, and so nothing of it can be tried."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and the settings."""
    group = parser.getgroup("nnspec", "nnspec: specs that test themselves")
    group.addoption(
        "--nnspec-seed", type=int, metavar="SEED", help="The start of chance, by default 0."
    )
    group.addoption(
        "--nnspec-max-examples",
        type=_count,
        metavar="N",
        help="How many inputs to try for each claim of a spec, by default 10,000.",
    )
    group.addoption(
        "--nnspec-budget",
        type=_seconds,
        metavar="SECONDS",
        help="Of processor time for the claims of one spec, by default 10; each has its share.",
    )
    parser.addini(
        "nnspec_files",
        "Patterns of spec files, relative to the root folder, such as specs/*.yaml",
        type="linelist",
        default=[],
    )
    parser.addini("nnspec_seed", "The start of chance, by default 0")
    parser.addini("nnspec_max_examples", "How many inputs to try for each claim of a spec")
    parser.addini("nnspec_budget", "Seconds of processor time for the claims of one spec")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "nnspec: an example, a property or a range of a spec")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    """Take a file that is a spec by its name, by the settings, or named on the command line."""
    name = file_path.name
    if not name.endswith(ENDINGS):
        return None
    is_spec = name.endswith(OWN_ENDINGS) or _is_listed(file_path, parent.config)
    if is_spec or (parent.session.isinitpath(file_path) and _looks_like_a_spec(file_path)):
        spec: SpecFile = SpecFile.from_parent(parent, path=file_path)
        return spec
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say so where a pattern of ``nnspec_files`` matches no file at all."""
    for pattern in config.getini("nnspec_files"):
        if next(iter(config.rootpath.glob(pattern.removeprefix("./"))), None) is None:
            config.issue_config_time_warning(
                pytest.PytestConfigWarning(
                    f"nnspec_files: {pattern!r} matches no file under {config.rootpath}"
                ),
                stacklevel=2,
            )


def _is_listed(path: Path, config: pytest.Config) -> bool:
    patterns = config.getini("nnspec_files")
    if not patterns or not path.is_relative_to(config.rootpath):
        return False
    relative = path.relative_to(config.rootpath).as_posix()
    return any(re.fullmatch(_as_regex(pattern), relative) for pattern in patterns)


def _as_regex(pattern: str) -> str:
    """A pattern of files as a regular expression; only ``**`` crosses folders.

    Examples
    --------
    >>> bool(re.fullmatch(_as_regex("specs/*.yaml"), "specs/xor.yaml"))
    True
    >>> bool(re.fullmatch(_as_regex("specs/*.yaml"), "specs/old/xor.yaml"))
    False
    >>> bool(re.fullmatch(_as_regex("specs/**/*.yaml"), "specs/xor.yaml"))
    True
    """
    pieces = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./"))
    return "".join(pieces.get(token, re.escape(token)) for token in tokens)


def _looks_like_a_spec(path: Path) -> bool:
    """Whether a YAML file that was named is for nnspec, and not for another plugin."""
    from nnspec.diagnostics.limits import DEFAULT_LIMITS
    from nnspec.loading import read_limited

    return IS_SPEC.search(read_limited(path, DEFAULT_LIMITS)) is not None


class SpecFile(pytest.File):
    """A spec; its tests are what it says of its network.

    Attributes
    ----------
    n_searched
        How many of them are searched for, and so share the spec's budget: evenly, since they may
        run in several processes.
    """

    n_searched = 1

    def collect(self) -> Iterator[SpecItem]:
        """Yield a test for each example, each property and each neuron's range."""
        from dataclasses import replace

        from nnspec.diagnostics import errors
        from nnspec.loading import check_file

        loaded = check_file(self.path)
        if loaded.spec is None or not loaded.ok:
            faults = [replace(d, file=self.shown_path) for d in errors(loaded.diagnostics)]
            raise FaultySpecError(tuple(faults))
        from nnspec.claims import cases

        found = cases(loaded.spec)
        self.n_searched = sum(case.kind != "example" for case in found)
        taken: set[str] = set()
        for case in found:
            yield SpecItem.from_parent(self, name=_item_name(case.id, taken), case=case)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a faulty spec's diagnostics as ``nnspec validate`` does."""
        if isinstance(excinfo.value, FaultySpecError):
            from nnspec.cli.reporters.diagnostics import diagnostic_text

            return "\n\n".join(diagnostic_text(found) for found in excinfo.value.diagnostics)
        return super().repr_failure(excinfo)

    @property
    def shown_path(self) -> str:
        """The spec's path as it is shorter to read, and to use in a command."""
        start = self.config.invocation_params.dir
        return str(self.path.relative_to(start) if self.path.is_relative_to(start) else self.path)

    @cached_property
    def network(self) -> Network:
        """The network, compiled when the first of its tests runs."""
        from nnspec.network import load

        return load(self.path)

    @cached_property
    def document(self) -> Document:
        """The file's text with the places of all that is in it."""
        from nnspec.diagnostics.limits import DEFAULT_LIMITS
        from nnspec.loading import read_limited
        from nnspec.text.parsing import parse_bytes

        return parse_bytes(read_limited(self.path, DEFAULT_LIMITS))

    @cached_property
    def options(self) -> Options:
        """How hard to try: by the command line, or else by the settings."""
        from nnspec.claims import Options

        usual = Options()
        budget = _setting(self.config, "nnspec_budget", _seconds, usual.budget)
        return Options(
            max_examples=_setting(self.config, "nnspec_max_examples", _count, usual.max_examples),
            seed=_setting(self.config, "nnspec_seed", int, usual.seed),
            budget=None if budget is None else budget / max(1, self.n_searched),
        )


class SpecItem(pytest.Item):
    """One example, property or range of a spec."""

    parent: SpecFile

    def __init__(self, *, case: Case, **rest: Any) -> None:
        super().__init__(**rest)
        self.case = case
        self.add_marker("nnspec")

    def runtest(self) -> None:
        """Try the case."""
        from nnspec.claims import render_result, run_case
        from nnspec.claims.rendering import verdict

        network = self.parent.network
        result = run_case(network, self.case, self.parent.options)
        self.user_properties.append(("nnspec", verdict(result)))
        if result.failed:
            raise ClaimError(render_result(network, result, spec_file=self.parent.shown_path))
        self.add_report_section("call", "nnspec", verdict(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what is claimed and the counterexample, without a traceback."""
        if isinstance(excinfo.value, ClaimError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where in the file it stands, lines counted from 0."""
        line = self.parent.document.span(self.case.path).line
        return self.path, line - 1, self.name


def _item_name(name: str, taken: set[str]) -> str:
    """A case's name as a node id can hold it, unique within its file."""
    from nnspec.diagnostics.suggestions import printable

    # pytest takes a node id apart at each double colon, and --lf and --sw at a bracket.
    plain = candidate = printable(name.replace("::", ":").translate(BRACKETS))
    number = 1
    while candidate in taken:
        number += 1
        candidate = f"{plain} ({number})"
    taken.add(candidate)
    return candidate


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(f"{count} is less than 1")
    return count


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text} is no length of time")
    return seconds


def _setting(config: pytest.Config, name: str, read: Callable[[str], float], usual: Any) -> Any:
    """A number from the command line, or else from the settings.

    Raises
    ------
    pytest.UsageError
        If the setting is no such number.
    """
    given = config.getoption(name)
    if given is not None:
        return given
    written = str(config.getini(name))
    if not written:
        return usual
    try:
        return read(written)
    except ValueError:
        raise pytest.UsageError(f"{name} must be {_LEGAL[name]}; given {written!r}") from None
