"""Whether an operation may run: its document's limits, its scopes, its cost, and the rate of its caller."""
