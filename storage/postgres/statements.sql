-- Postgres' statements. {schema} is the schema in the settings and a dot, or nothing. $1 is an array of keys, or JSON:
-- an array of rows. A statement that reads pages gets `WITH k AS (...)` in front (json_rows.sql): `k` has a row for each
-- page and the columns that the statement names. k.size is the greatest number of rows of a page.

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
-- Each city's newest active listings, newest first, with the number of their key.
SELECT {property}, k.key
FROM k
CROSS JOIN LATERAL (
    SELECT p.* FROM {schema}properties p WHERE p.city_key = k.city_key AND p.status = 'active' {AND where} ORDER BY {order} LIMIT k.size
) p
{with_owner}

-- name: properties_by_owner_id
-- A page of each owner's listings, newest first, with the number of its key.
SELECT {property}, k.key
FROM k
CROSS JOIN LATERAL (
    SELECT p.* FROM {schema}properties p WHERE p.owner_id = k.owner_id {AND where} ORDER BY {order} LIMIT k.size
) p

-- name: price_changes_by_property_id
-- A page of each listing's price changes, newest first, with the number of its key.
SELECT {price_change}, k.key
FROM k
{published_key}
CROSS JOIN LATERAL (
    SELECT c.* FROM {schema}price_changes c WHERE c.property_id = k.property_id {AND where} ORDER BY {order} LIMIT k.size
) c

-- name: property_counts_by_owner_id
-- The number of each owner's listings. An owner without any is absent.
SELECT p.owner_id, count(*) FROM {schema}properties p
WHERE p.owner_id = ANY($1) {AND published}
GROUP BY p.owner_id

-- name: search_properties
-- A page of each search of one shape, in its order, with the number of its key.
SELECT {property}, k.key
FROM k
CROSS JOIN LATERAL (
    SELECT p.* FROM {schema}properties p WHERE {where} ORDER BY {order} LIMIT k.size
) p
{with_owner}

-- name: count_properties
-- The number of listings that each filter of one shape finds, counted up to k.size, with the number of its key.
-- The order makes the planner read an index for rare statuses too: it can't know the status.
SELECT (
    SELECT count(*) FROM (SELECT 1 FROM {schema}properties p WHERE {where} ORDER BY p.price, p.id LIMIT k.size) found
), k.key
FROM k

-- name: search_owners
-- A page of each search of one shape, in its order, with the number of its key.
SELECT {owner}, k.key
FROM k
CROSS JOIN LATERAL (
    SELECT o.* FROM {schema}owners o WHERE {where} ORDER BY {order} LIMIT k.size
) o

-- name: count_owners
-- The number of owners that each filter of one shape finds, counted up to k.size, with the number of its key.
SELECT (SELECT count(*) FROM (SELECT 1 FROM {schema}owners o WHERE {where} LIMIT k.size) found), k.key
FROM k

-- name: with_owner
-- A fragment: the listing's owner. The limit makes it an index lookup for each listing, in the order of listings.
CROSS JOIN LATERAL (SELECT o.* FROM {schema}owners o WHERE o.id = p.owner_id LIMIT 1) o

-- name: published
-- A fragment: the listing is published. The indexes of migration 0005 have the same condition.
p.status IN ('active', 'pending', 'sold')

-- name: published_change
-- A fragment: the price change has published statuses before and after.
c.old_status IN ('active', 'pending', 'sold') AND c.new_status IN ('active', 'pending', 'sold')

-- name: published_listing
-- A fragment: the listing of the price change is published.
EXISTS (SELECT FROM {schema}properties p WHERE p.id = c.property_id AND p.status IN ('active', 'pending', 'sold'))

-- name: published_key
-- A fragment: only keys whose listing is published. The limit makes it an index lookup for each key.
CROSS JOIN LATERAL (SELECT FROM {schema}properties p WHERE p.id = k.property_id AND p.status IN ('active', 'pending', 'sold') LIMIT 1) p

-- name: statuses
-- A fragment: the listing has one of the key's statuses.
p.status = ANY(k.statuses)

-- name: analyze
-- Refresh the planner's statistics, after many inserts.
ANALYZE {schema}owners, {schema}properties, {schema}price_changes

-- name: unreadable_columns
-- Those of the columns $1, each as table.column, that are missing or may not be read, and whether they are missing.
-- It locks no table, so that a server stays ready while one is being altered.
SELECT k, a.attnum IS NULL
FROM unnest($1::text[]) k
LEFT JOIN pg_attribute a
    ON a.attrelid = to_regclass('{schema}' || split_part(k, '.', 1)) AND a.attname = split_part(k, '.', 2) AND NOT a.attisdropped
WHERE a.attnum IS NULL OR NOT has_column_privilege(a.attrelid, a.attnum, 'SELECT')
ORDER BY k

-- name: schema_exists
-- One row if there is a table of applied migrations. Only a statement that reads a table makes the session
-- forget that there was no such table before: to_regclass alone misses one that was made while we waited for a lock.
SELECT 1 FROM pg_class WHERE oid = to_regclass('{schema}schema_migrations')

-- name: create_schema_migrations
-- The table of applied migrations.
CREATE TABLE {schema}schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    oldest integer NOT NULL,
    applied_at timestamptz NOT NULL
)

-- name: applied_migrations
-- The applied migrations: version, name, the oldest code that works with it, and the time in µs since 1970.
SELECT version, name, oldest, applied_at FROM {schema}schema_migrations ORDER BY version

-- name: record_migration
-- Record an applied migration.
INSERT INTO {schema}schema_migrations (version, name, oldest, applied_at) VALUES ($1, $2, $3, $4)

-- name: lock_migrations
-- One instance migrates at a time; the others wait here until its transaction ends.
SELECT pg_advisory_xact_lock(7310577382525468769)
