"""Whether a spec has the form that the JSON Schema describes."""
