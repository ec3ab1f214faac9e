"""Rows: compiled code that reads or assembles them."""
