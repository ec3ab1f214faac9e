"""Statements of the tests' own, for what the stores never ask a database."""

from storage.statements import Statement

ENDLESS = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgres": "SELECT pg_sleep(3600)",
}
ONE = Statement("one", "SELECT 1")


def endless(url: str) -> Statement:
    """A statement that never ends by itself, for the database of this URL."""
    return Statement("endless", ENDLESS["sqlite" if url.startswith("sqlite") else "postgres"])


def slow_count(url: str) -> Statement:
    """A statement of a few tenths of a second."""
    if url.startswith("sqlite"):
        limit = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) SELECT count(*) FROM n"
        return Statement("slow_count", limit)
    return Statement("slow_count", "SELECT pg_sleep(0.3)")
