"""From bytes to a document: scalars, spans, and what YAML allows."""
