-- oldest: 1
-- Listings bring their owners along, one look into an index for each: a hash finds an owner in one page, where the
-- primary key's tree compares ids, which begin alike, on every page down to its leaf.

CREATE INDEX owners_by_hash ON owners USING hash (id);
