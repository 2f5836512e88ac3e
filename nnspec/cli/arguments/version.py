"""``--version``: of nnspec, of Python, and of the libraries that decide its numbers."""

from __future__ import annotations

import click

from nnspec import __version__

LIBRARIES = ("numpy", "polars", "PyYAML", "jsonschema", "click")


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    import platform
    from importlib.metadata import PackageNotFoundError, version

    parts = [f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} missing")
    click.echo(f"nnspec {__version__} ({', '.join(parts)})")
    ctx.exit()


version_option = click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Print the version of nnspec and of its libraries.",
)
