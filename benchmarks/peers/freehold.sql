-- The rows of the peers' schema :peers under Freehold's ids, in its own schema :freehold. An id keeps the digits, so ids
-- sort alike.

SET search_path = :freehold;
SET synchronous_commit = on;  -- what isn't written out yet is not all-visible to VACUUM

INSERT INTO owners (id, reference, name, name_key, email, phone, created_at)
SELECT 'owner_01h00000000000000000' || substr(id, 2), id, name, lower(name), email, phone, created_at
FROM :peers.owners;

INSERT INTO properties (
    id, reference, version, address, city, city_key, price, status, owner_id, created_at, updated_at
)
SELECT
    'property_01h00000000000000000' || substr(id, 2), id, 1, address, city, lower(city), price, lower(status),
    'owner_01h00000000000000000' || substr(owner_id, 2), created_at, created_at
FROM :peers.properties;

VACUUM ANALYZE owners, properties, :peers.owners, :peers.properties;
