"""What the author of a schema declares."""
