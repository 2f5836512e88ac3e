"""``nnspec new``: a commented starter spec and a small table."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import click

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import DEFAULT_LIMITS


@click.command("new")
@click.argument("name")
@click.option(
    "--tests", is_flag=True, help="NAME is a spec: write a test file for it, to begin with."
)
@click.option(
    "-o", "--output", metavar="FILE", help="With --tests: write here; default: beside the spec."
)
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def command(name: str, output: str | None, tests: bool, force: bool) -> None:
    """Write a commented starter spec, NAME.yaml, and a small table for it, NAME.csv.

    \b
    nnspec new my-network
    nnspec eval my-network.yaml my-network.csv
    nnspec new --tests my-network.yaml

    With --tests, NAME is a spec, and what is written a file of tests for pytest and Hypothesis that
    pass: that the spec keeps its claims, that every row within the ranges has a value, in which
    direction each input moves each output.
    """
    if output is not None and not tests:
        raise click.UsageError("-o names the file of --tests; a starter is named by NAME")
    texts = _test_file(name, output) if tests else _starter(name)
    existing = [path for path in texts if path.exists()]
    if existing and not force:
        raise CannotError(f"{existing[0]} exists; --force overwrites it")
    for path, text in texts.items():
        _write(path, text, force=force)
        click.echo(f"wrote {path}")
    click.echo(f"try: {'pytest' if tests else 'nnspec eval'} {' '.join(map(str, texts))}")


def _starter(name: str) -> dict[Path, str]:
    """The files of a starter, by their places."""
    from nnspec.validation.rules.names.invalid_name import HELP, is_name, message

    target = Path(name.removesuffix(".yaml"))
    if not is_name(target.name):
        raise click.UsageError(f"{message(target.name)}; {HELP}")
    starter = resources.files("nnspec.cli").joinpath("starter")
    spec = starter.joinpath("spec.yaml").read_text(encoding="utf-8")
    return {
        target.with_name(f"{target.name}.yaml"): spec.replace("NAME", target.name),
        target.with_name(f"{target.name}.csv"): starter.joinpath("data.csv").read_text("utf-8"),
    }


def _test_file(spec: str, output: str | None) -> dict[Path, str]:
    """The test file of a spec, by its place."""
    from nnspec.cli.arguments.specs import load_network
    from nnspec.cli.work.written_tests import tests_path, written_tests

    if spec == "-":
        raise click.UsageError("the tests load the spec again: save it, and name the file")
    network = load_network(spec, DEFAULT_LIMITS)
    target = tests_path(Path(spec)) if output is None else Path(output)
    return {target: written_tests(network, Path(spec), target)}


def _write(path: Path, text: str, *, force: bool) -> None:
    # "x" fails if the file has appeared since it was looked for.
    with path.open("w" if force else "x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
