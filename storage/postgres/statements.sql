-- Postgres' texts; {schema} is the schema of the settings and a dot, or nothing. $1 is an array of keys, or JSON: an array of rows, where a key of pages brings its own limit.

-- name: owners_by_id
-- The owners with these ids, in no order.
SELECT {owner} FROM {schema}owners o WHERE o.id = ANY($1)

-- name: owners_by_reference
-- The owners with these references, in no order.
SELECT {owner} FROM {schema}owners o WHERE o.reference = ANY($1)

-- name: properties_by_id
-- The listings with these ids, in no order.
SELECT {property} FROM {schema}properties p {with_owner} WHERE p.id = ANY($1) {AND published}

-- name: properties_by_reference
-- The listings with these references, in no order.
SELECT {property} FROM {schema}properties p WHERE p.reference = ANY($1) {AND published}

-- name: price_changes_by_id
-- The price changes with these ids, in no order.
SELECT {price_change} FROM {schema}price_changes c WHERE c.id = ANY($1) {AND published_change} {AND published_listing}

-- name: properties_by_city
-- Each city's newest active listings, newest first, and the key they answer.
SELECT {property}, k.key
FROM json_to_recordset($1) AS k (key integer, city_key text, "limit" integer)
CROSS JOIN LATERAL (
    SELECT p.* FROM {schema}properties p WHERE {where} ORDER BY {order} LIMIT k."limit"
) p
{with_owner}

-- name: properties_by_owner_id
-- A page of each owner's listings, newest first, and the key it answers.
WITH k AS (
    SELECT j.*, timestamptz 'epoch' + j.start_micros * interval '1 microsecond' AS start_time
    FROM json_to_recordset($1) AS j (key integer, owner_id text, statuses text[], start_micros bigint, start_id text, "limit" integer)
)
SELECT {property}, k.key
FROM k
CROSS JOIN LATERAL (
    SELECT p.* FROM {schema}properties p WHERE {where} ORDER BY {order} LIMIT k."limit"
) p

-- name: price_changes_by_property_id
-- A page of each listing's price changes, newest first, and the key it answers.
WITH k AS (
    SELECT j.*, timestamptz 'epoch' + j.start_micros * interval '1 microsecond' AS start_time
    FROM json_to_recordset($1) AS j (key integer, property_id text, start_micros bigint, start_id text, "limit" integer)
)
SELECT {price_change}, k.key
FROM k
{published_key}
CROSS JOIN LATERAL (
    SELECT c.* FROM {schema}price_changes c WHERE {where} ORDER BY {order} LIMIT k."limit"
) c

-- name: property_counts_by_owner_id
-- How many listings each owner has; an owner without any is absent.
SELECT p.owner_id, count(*) FROM {schema}properties p
WHERE p.owner_id = ANY($1) {AND published}
GROUP BY p.owner_id

-- name: search_properties
-- A page of each search of one shape, in its order, and the key it answers.
WITH k AS (
    SELECT j.*, timestamptz 'epoch' + j.start_micros * interval '1 microsecond' AS start_time
    FROM json_to_recordset($1) AS j (
        key integer, city_key text, status text, owner_id text, statuses text[], region_key text,
        min_price bigint, max_price bigint, min_bedrooms integer, min_bathrooms float8,
        min_area float8, max_area float8, south float8, west float8, north float8, east float8,
        start_micros bigint, start_price bigint, start_id text, "limit" integer
    )
)
SELECT {property}, k.key
FROM k
CROSS JOIN LATERAL (
    SELECT p.* FROM {schema}properties p WHERE {where} ORDER BY {order} LIMIT k."limit"
) p
{with_owner}

-- name: count_properties
-- How many listings each filter of one shape finds, counted up to its limit, and the key it answers.
-- The order keeps the planner on an index where a status is rare: it can't know which status is asked for.
SELECT (
    SELECT count(*) FROM (SELECT 1 FROM {schema}properties p WHERE {where} ORDER BY p.price, p.id LIMIT k."limit") found
), k.key
FROM json_to_recordset($1) AS k (
    key integer, city_key text, status text, owner_id text, statuses text[], region_key text,
    min_price bigint, max_price bigint, min_bedrooms integer, min_bathrooms float8,
    min_area float8, max_area float8, south float8, west float8, north float8, east float8,
    "limit" integer
)

-- name: search_owners
-- A page of each search of one shape, in its order, and the key it answers.
WITH k AS (
    SELECT j.*, timestamptz 'epoch' + j.start_micros * interval '1 microsecond' AS start_time
    FROM json_to_recordset($1) AS j (
        key integer, name_key text, name_key_end text,
        start_micros bigint, start_name text, start_id text, "limit" integer
    )
)
SELECT {owner}, k.key
FROM k
CROSS JOIN LATERAL (
    SELECT o.* FROM {schema}owners o WHERE {where} ORDER BY {order} LIMIT k."limit"
) o

-- name: count_owners
-- How many owners each filter of one shape finds, counted up to its limit, and the key it answers.
SELECT (SELECT count(*) FROM (SELECT 1 FROM {schema}owners o WHERE {where} LIMIT k."limit") found), k.key
FROM json_to_recordset($1) AS k (key integer, name_key text, name_key_end text, "limit" integer)

-- name: with_owner
-- A fragment: the listing's owner. The limit keeps it a look into the index for each listing, in their order.
CROSS JOIN LATERAL (SELECT o.* FROM {schema}owners o WHERE o.id = p.owner_id LIMIT 1) o

-- name: published
-- A fragment: the listing is published. Migration 0005 has indexes of the listings that these very words let through.
p.status IN ('active', 'pending', 'sold')

-- name: published_change
-- A fragment: the price change leads from one status of published listings to another, or to the same.
c.old_status IN ('active', 'pending', 'sold') AND c.new_status IN ('active', 'pending', 'sold')

-- name: published_listing
-- A fragment: the listing of the price change is published.
EXISTS (SELECT FROM {schema}properties p WHERE p.id = c.property_id AND p.status IN ('active', 'pending', 'sold'))

-- name: published_key
-- A fragment: only of keys whose listing is published. The limit keeps it a look into the index for each key.
CROSS JOIN LATERAL (SELECT FROM {schema}properties p WHERE p.id = k.property_id AND p.status IN ('active', 'pending', 'sold') LIMIT 1) p

-- name: statuses
-- A fragment of a search: the listing's status is one of the key's.
p.status = ANY(k.statuses)

-- name: lock_owners_by_id
-- As owners_by_id, locked until the transaction ends; in the order of ids, so that two can't deadlock.
-- Not against the foreign keys of listings that others make meanwhile.
SELECT {owner} FROM {schema}owners o WHERE o.id = ANY($1) ORDER BY o.id FOR NO KEY UPDATE

-- name: lock_properties_by_id
-- As properties_by_id, locked until the transaction ends; in the order of ids, so that two can't deadlock.
SELECT {property} FROM {schema}properties p WHERE p.id = ANY($1) ORDER BY p.id FOR UPDATE

-- name: insert_owners
-- Rows of owners.
INSERT INTO {schema}owners (id, reference, name, name_key, email, phone, created_at)
SELECT id, reference, name, name_key, email, phone, timestamptz 'epoch' + created_at * interval '1 microsecond'
FROM json_to_recordset($1) AS r (
    id text, reference text, name text, name_key text, email text, phone text, created_at bigint
)

-- name: insert_properties
-- Rows of listings.
INSERT INTO {schema}properties (
    id, reference, version, address, city, city_key, region, region_key, postal_code, price, status,
    bedrooms, bathrooms, area, latitude, longitude, owner_id, created_at, updated_at
)
SELECT id, reference, version, address, city, city_key, region, region_key, postal_code, price, status,
    bedrooms, bathrooms, area, latitude, longitude, owner_id,
    timestamptz 'epoch' + created_at * interval '1 microsecond',
    timestamptz 'epoch' + updated_at * interval '1 microsecond'
FROM json_to_recordset($1) AS r (
    id text, reference text, version integer, address text, city text, city_key text, region text,
    region_key text, postal_code text, price bigint, status text, bedrooms integer, bathrooms float8,
    area float8, latitude float8, longitude float8, owner_id text, created_at bigint, updated_at bigint
)

-- name: insert_price_changes
-- Rows of price changes.
INSERT INTO {schema}price_changes (id, property_id, old_price, new_price, old_status, new_status, changed_at)
SELECT id, property_id, old_price, new_price, old_status, new_status,
    timestamptz 'epoch' + changed_at * interval '1 microsecond'
FROM json_to_recordset($1) AS r (
    id text, property_id text, old_price bigint, new_price bigint, old_status text, new_status text,
    changed_at bigint
)

-- name: update_owners
-- The owners with these rows' ids get these rows' fields. The ids as an array keep a small table from being scanned.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1) AS r (
        id text, reference text, name text, name_key text, email text, phone text
    )
)
UPDATE {schema}owners AS o
SET reference = r.reference, name = r.name, name_key = r.name_key, email = r.email, phone = r.phone
FROM r
WHERE o.id = r.id AND o.id = ANY(ARRAY(SELECT id FROM r))

-- name: update_properties
-- The listings with these rows' ids get these rows' fields. The ids as an array keep a small table from being scanned.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1) AS r (
        id text, reference text, version integer, address text, city text, city_key text, region text,
        region_key text, postal_code text, price bigint, status text, bedrooms integer, bathrooms float8,
        area float8, latitude float8, longitude float8, owner_id text, created_at bigint, updated_at bigint
    )
)
UPDATE {schema}properties AS p
SET reference = r.reference, version = r.version, address = r.address, city = r.city, city_key = r.city_key,
    region = r.region, region_key = r.region_key, postal_code = r.postal_code, price = r.price,
    status = r.status, bedrooms = r.bedrooms, bathrooms = r.bathrooms, area = r.area,
    latitude = r.latitude, longitude = r.longitude, owner_id = r.owner_id,
    updated_at = timestamptz 'epoch' + r.updated_at * interval '1 microsecond'
FROM r
WHERE p.id = r.id AND p.id = ANY(ARRAY(SELECT id FROM r))

-- name: delete_properties
-- The listings with these ids go, and their price changes with them.
DELETE FROM {schema}properties WHERE id = ANY($1)

-- name: export_owners
-- The next $2 owners behind the id $1, by id.
SELECT {owner} FROM {schema}owners o WHERE o.id > $1 ORDER BY o.id LIMIT $2

-- name: export_properties
-- The next $2 listings behind the id $1, by id.
SELECT {property} FROM {schema}properties p WHERE p.id > $1 ORDER BY p.id LIMIT $2

-- name: export_price_changes
-- The next $2 price changes behind the id $1, by id.
SELECT {price_change} FROM {schema}price_changes c WHERE c.id > $1 ORDER BY c.id LIMIT $2

-- name: analyze
-- Fresh statistics for the planner, after many rows came.
ANALYZE {schema}owners, {schema}properties, {schema}price_changes

-- name: schema_exists
-- One row if migrations were ever applied.
SELECT 1 WHERE to_regclass('{schema}schema_migrations') IS NOT NULL

-- name: create_schema_migrations
-- The table of what was applied.
CREATE TABLE {schema}schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    oldest integer NOT NULL,
    applied_at timestamptz NOT NULL
)

-- name: applied_migrations
-- What was applied: version, name, oldest code that can live with it, µs since 1970.
SELECT version, name, oldest, applied_at FROM {schema}schema_migrations ORDER BY version

-- name: record_migration
-- One migration was applied.
INSERT INTO {schema}schema_migrations (version, name, oldest, applied_at) VALUES ($1, $2, $3, $4)

-- name: lock_migrations
-- One instance migrates at a time; the others wait here until its transaction ends.
SELECT pg_advisory_xact_lock(7310577382525468769)
