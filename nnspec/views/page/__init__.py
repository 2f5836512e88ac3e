"""The page of a network: one file, no server, no network."""

from nnspec.views.page.page import PageContent, page_html, waiting_html

__all__ = ["PageContent", "page_html", "waiting_html"]
