"""Direct fields: read from attributes by compiled code."""
