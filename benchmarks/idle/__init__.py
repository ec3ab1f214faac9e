"""Ten thousand connections that wait: what they take, and what they cost others."""
