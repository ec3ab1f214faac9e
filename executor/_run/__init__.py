"""The run: levels are begun, awaited and completed."""
