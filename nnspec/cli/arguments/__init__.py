"""What the arguments and options of a verb name: files, tables, rows."""
