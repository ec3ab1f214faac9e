-- oldest: 1
-- The newest listings of a city or an owner are adjacent in an index and scattered in the table. So the index includes
-- the columns that lists show: then thirty listings take one page instead of thirty. An index entry must fit into a
-- third of a page, so it has at most two texts of up to 200 characters besides the key.

CREATE INDEX properties_city_newest_shown ON properties (city_key, status, created_at DESC, id DESC)
    INCLUDE (address, city, price, bedrooms, bathrooms, area, owner_id);
DROP INDEX properties_city_newest;
ALTER INDEX properties_city_newest_shown RENAME TO properties_city_newest;

CREATE INDEX properties_owner_newest_shown ON properties (owner_id, created_at DESC, id DESC)
    INCLUDE (address, city, price, status, bedrooms, bathrooms, area);
DROP INDEX properties_owner_newest;
ALTER INDEX properties_owner_newest_shown RENAME TO properties_owner_newest;
