"""CSV: text that is checked before it is parsed."""
