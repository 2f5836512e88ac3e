"""What a reviewer files: a network, its claims, and how it did on a table, as one page."""

from __future__ import annotations

from nnspec.reporting.page import Content, report_html
from nnspec.reporting.survey import Asked, Survey, survey_table

__all__ = ["Asked", "Content", "Survey", "report_html", "survey_table"]
