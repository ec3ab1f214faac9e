"""Columns: the values of one field for many objects, and their errors."""
