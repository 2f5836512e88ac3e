"""Explanations and changes as text, Markdown, HTML and notebook tables."""
