-- oldest: 1
-- The newest listings of a city, and of an owner, lie together in an index and apart in their table: what a list shows
-- of each is read from the index, which is a page for thirty listings and not one for each. Its longest entry must fit
-- into a third of a page: no more than two of the texts that a draft lets have 200 characters, besides the key.

CREATE INDEX properties_city_newest_shown ON properties (city_key, status, created_at DESC, id DESC)
    INCLUDE (address, city, price, bedrooms, bathrooms, area, owner_id);
DROP INDEX properties_city_newest;
ALTER INDEX properties_city_newest_shown RENAME TO properties_city_newest;

CREATE INDEX properties_owner_newest_shown ON properties (owner_id, created_at DESC, id DESC)
    INCLUDE (address, city, price, status, bedrooms, bathrooms, area);
DROP INDEX properties_owner_newest;
ALTER INDEX properties_owner_newest_shown RENAME TO properties_owner_newest;
