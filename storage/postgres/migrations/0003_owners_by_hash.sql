-- oldest: 1
-- Statements that read listings with their owners look up each owner in an index. A hash index finds an owner in one
-- page. The tree of the primary key compares ids, which begin alike, on every page down to the leaf.

CREATE INDEX owners_by_hash ON owners USING hash (id);
