"""Documents: operations and their plans."""
