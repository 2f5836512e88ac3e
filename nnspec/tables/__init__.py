"""Tables: files and frames as batches of named columns, read strictly and written whole."""
