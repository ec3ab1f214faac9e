"""How long a cold start takes, and what takes it."""
