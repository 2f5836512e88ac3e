"""``python -m nnspec``, and the ``nnspec`` command."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    # What is imported stays: the collector would look through it again and again. It is enabled
    # when the verb has been imported.
    gc.disable()
    from nnspec.cli import main as run

    run()


if __name__ == "__main__":
    main()
