"""Freehold beside other servers, in a harness of peers that this project does not hold."""
