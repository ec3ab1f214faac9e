"""Who asks: bearer tokens, and what the public may do without one."""
