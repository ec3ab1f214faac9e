"""The names of request and response headers that Freehold adds to HTTP's own."""

COST = "freehold-cost"
"""`1` asks for the cost of the operation."""
TRACE = "freehold-trace"
"""Anything but nothing, 0, off and false asks for the trace."""
CONSISTENCY_TOKEN = "freehold-written"
REQUEST_ID = "x-request-id"
