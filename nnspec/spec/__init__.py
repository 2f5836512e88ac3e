"""What a spec says and means: the model, from a document and back to text, names and wiring."""
