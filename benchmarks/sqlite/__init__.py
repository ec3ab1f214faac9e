"""Freehold over SQLite, beside an endpoint written by hand."""
