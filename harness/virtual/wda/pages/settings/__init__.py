"""The Settings app: shapes and words as tables, pages as lists of entries, and one way to draw them all."""
