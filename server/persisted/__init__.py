"""Documents known by their hash: trusted ones from a manifest, and those that clients register by themselves."""
