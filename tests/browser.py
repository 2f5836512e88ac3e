"""Headless Chromium for the tests of the page.

Where it is missing, tests are skipped; in CI (``CI`` is set) its absence is a failure.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engines import lacking, library

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; each test opens a context of its own in it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        lacking("Chromium")
    with library("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser
        browser.close()


class Tab:
    """A page of the browser that keeps what went wrong in it, and where it went.

    Parameters
    ----------
    browser
        What :func:`chromium` gives.
    own
        How every address begins that the page may ask for; others are refused.
    """

    def __init__(self, browser: Any, own: str = "file://", **options: Any) -> None:
        self.own = own
        self.faults: list[str] = []
        self.asked: list[str] = []
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        context.route("**/*", self._pass)
        self.page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)

    def open(self, address: str) -> Any:
        """Load an address; its scripts have run when it returns."""
        self.page.goto(address)
        # Not waited for: that would evaluate text, which the page's policy forbids.
        assert self.page.evaluate("window.nnspec !== undefined")
        return self.page

    def close(self) -> None:
        """Close it; nothing may have gone wrong, and no request have left."""
        self.page.context.close()
        assert self.faults == []
        own = (self.own, "data:")
        assert [address for address in self.asked if not address.startswith(own)] == []

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self.close()
        else:
            self.page.context.close()

    def _pass(self, route: Any) -> None:
        address = route.request.url
        self.asked.append(address)
        if address.startswith((self.own, "data:")):
            route.continue_()
        else:
            route.abort()

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()
