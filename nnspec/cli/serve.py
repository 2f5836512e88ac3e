"""``nnspec serve``: the page of a network while its spec is being written."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nnspec.cli.arguments.options import examples_option, limit_option
from nnspec.cli.arguments.tables import UserTable, table_argument
from nnspec.diagnostics.limits import Limits


@click.command("serve")
@click.argument("spec", type=click.Path())
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8_000,
    show_default=True,
    help="Port on this machine; 0 for any free one.",
)
@examples_option(2_000, "for each property whose state the page shows")
@table_argument
@limit_option
def command(
    spec: str, table: UserTable | None, port: int, max_examples: int, limits: Limits
) -> None:
    """Serve the page of a network on this machine, following its file as it is saved.

    \b
    nnspec serve specs/property-valuation.yaml
    nnspec serve specs/property-valuation.yaml specs/data/king-county.csv --port 0

    The page reloads when the spec, its weight files or the table change; while the spec has
    faults, they stand over the page. Nobody but this machine can connect. Ctrl-C ends it.
    """
    from nnspec.cli.work.followed_spec import Follower
    from nnspec.cli.work.page_server import ADDRESS, PageServer
    from nnspec.diagnostics.suggestions import printable
    from nnspec.loading import read_limited

    # A name mistyped is said here, and not in the browser.
    read_limited(spec, limits)
    if table is not None:
        Path(table.path).stat()
    with PageServer(Follower(spec, table, max_examples, limits), port) as server:
        place = f"http://{ADDRESS}:{server.server_port}/"
        said = f"serving {printable(spec)} at {place} ; Ctrl-C ends"
        print(said, file=sys.stderr, flush=True)
        server.serve_forever()
