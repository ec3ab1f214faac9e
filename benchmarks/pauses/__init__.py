"""How long the event loop stands still while new documents keep coming."""
