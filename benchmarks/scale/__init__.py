"""Ten thousand listings and a million, on both databases: what grows, by how much, and why."""
