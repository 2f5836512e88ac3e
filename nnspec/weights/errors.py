"""What is wrong with a weight file, before anyone asked which spec names it."""

from __future__ import annotations

from typing import Literal


class WeightFileError(Exception):
    """One fault of a weight file, or of the words that name it.

    Parameters
    ----------
    code
        Code of the rule.
    message
        What is wrong, naming what was given.
    help
        What is legal and what to do.
    at
        Which of the spec's words is at fault: the path, the tensor's name, or both together.
    """

    def __init__(
        self,
        code: str,
        message: str,
        help: str = "",  # noqa: A002 -- the word of diagnostics
        at: Literal["file", "tensor"] = "file",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.at = at
