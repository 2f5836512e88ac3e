"""A figure that shows itself in a notebook, without pyplot and its state."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

from matplotlib.figure import Figure


class Plot(Figure):
    """A matplotlib figure; a notebook shows it as it is."""

    def _repr_png_(self) -> bytes | None:
        file = BytesIO()
        # Whoever looks at a figure must see at least its plain repr.
        with suppress(Exception):
            self.savefig(file, format="png", dpi=110)
            return file.getvalue()
        return None
