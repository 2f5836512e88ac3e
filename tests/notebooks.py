"""Runs the docs' notebook in a folder of its own: for its test, and to refresh what it shows.

``python -m tests.notebooks`` runs ``docs/notebook.ipynb`` and saves it with its new outputs;
``-o FILE`` saves it elsewhere.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"

KEPT = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
"""All that a notebook says of where it was run: nothing of this machine."""


def run(notebook: Any) -> Any:
    """Run every cell as a reader would, from ``docs`` beside ``specs``, and nowhere near either."""
    # Sockets are files of this folder, whose path must be short; no port is taken.
    folder = Path(tempfile.mkdtemp(prefix="nnspec-nb-", dir="/tmp"))
    try:
        shutil.copytree(ROOT / "specs", folder / "specs")
        (folder / "docs").mkdir()
        _surroundings(folder)
        manager = AsyncKernelManager(
            kernel_name="python3", transport="ipc", connection_file=str(folder / "k")
        )
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=120,
            coalesce_streams=True,
            resources={"metadata": {"path": str(folder / "docs")}},
        )
        return client.execute(cleanup_kc=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _surroundings(folder: Path) -> None:
    """Nobody's settings but ours, and the same draws of Hypothesis each time."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR"):
        os.environ[name] = str(folder / name.lower())
    os.environ |= {"CI": "true", "NO_COLOR": "1", "JUPYTER_PREFER_ENV_PATH": "1"}


def plain(notebook: Any) -> Any:
    """The notebook without counts, ids and whatever else another run would change."""
    notebook.metadata = nbformat.from_dict(KEPT)
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", {}
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                _plain_output(output)
    return notebook


def _plain_output(output: Any) -> None:
    if "execution_count" in output:
        output.execution_count = None
    if "metadata" in output:
        output.metadata = {}
    # A picture or a table is what a reader sees; beside it the plain text is only long.
    if len(output.get("data", {})) > 1:
        output.data.pop("text/plain", None)


def main() -> None:
    """Run the notebook, and save it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=NOTEBOOK)
    output = parser.parse_args().output
    notebook = run(nbformat.read(NOTEBOOK, as_version=4))
    nbformat.write(plain(notebook), output)


if __name__ == "__main__":
    main()
