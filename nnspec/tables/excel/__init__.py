"""Excel workbooks: one sheet is a table, its first row the columns' names."""
