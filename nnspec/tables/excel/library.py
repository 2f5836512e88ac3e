"""openpyxl, which is imported only where a workbook is read or written."""

from __future__ import annotations

from typing import Any

from nnspec.tables.errors import RequestError


def openpyxl() -> Any:
    """The library.

    Raises
    ------
    RequestError
        If it is not installed.
    """
    try:
        import openpyxl as library
    except ImportError:
        message = "Excel workbooks need openpyxl, which is not installed"
        raise RequestError(message, "pip install 'nnspec[excel]'") from None
    return library
