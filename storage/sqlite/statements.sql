-- SQLite's statements. ?1 is JSON: an array of keys, or of rows. Where a statement reads pages, `k` has a row for each,
-- and `WITH k AS (...)` is put in front (json_rows.sql): its columns are those that the statement names. ?2 is the size
-- of every page, since SQLite's LIMIT can't read a joined value.

-- name: owners_by_id
-- The owners with these ids, in no order.
SELECT {owner} FROM owners o WHERE o.id IN (SELECT value FROM json_each(?1))

-- name: owners_by_reference
-- The owners with these references, in no order.
SELECT {owner} FROM owners o WHERE o.reference IN (SELECT value FROM json_each(?1))

-- name: properties_by_id
-- The listings with these ids, in no order.
SELECT {property} FROM properties p {with_owner} WHERE p.id IN (SELECT value FROM json_each(?1)) {AND published}

-- name: properties_by_reference
-- The listings with these references, in no order.
SELECT {property} FROM properties p WHERE p.reference IN (SELECT value FROM json_each(?1)) {AND published}

-- name: price_changes_by_id
-- The price changes with these ids, in no order.
SELECT {price_change} FROM price_changes c WHERE c.id IN (SELECT value FROM json_each(?1)) {AND published_change} {AND published_listing}

-- name: properties_by_city
-- Each city's newest active listings, newest first, and the key they answer.
SELECT {property}, k.key
FROM k
CROSS JOIN json_each((
    SELECT json_group_array(r) FROM (
        SELECT p.rowid AS r FROM properties p WHERE p.city_key = k.city_key AND p.status = 'active' {AND where} ORDER BY {order} LIMIT ?2
    )
)) page
CROSS JOIN properties p ON p.rowid = page.value
{with_owner}

-- name: properties_by_owner_id
-- A page of each owner's listings, newest first, and the key it answers.
SELECT {property}, k.key
FROM k
CROSS JOIN json_each((
    SELECT json_group_array(r) FROM (
        SELECT p.rowid AS r FROM properties p WHERE p.owner_id = k.owner_id {AND where} ORDER BY {order} LIMIT ?2
    )
)) page
CROSS JOIN properties p ON p.rowid = page.value

-- name: price_changes_by_property_id
-- A page of each listing's price changes, newest first, and the key it answers.
SELECT {price_change}, k.key
FROM k
{published_key}
CROSS JOIN json_each((
    SELECT json_group_array(r) FROM (
        SELECT c.rowid AS r FROM price_changes c WHERE c.property_id = k.property_id {AND where} ORDER BY {order} LIMIT ?2
    )
)) page
CROSS JOIN price_changes c ON c.rowid = page.value

-- name: property_counts_by_owner_id
-- How many listings each owner has; an owner without any is absent.
SELECT p.owner_id, count(*) FROM properties p
WHERE p.owner_id IN (SELECT value FROM json_each(?1)) {AND published}
GROUP BY p.owner_id

-- name: search_properties
-- A page of each search of one shape, in its order, and the key it answers.
SELECT {property}, k.key
FROM k
CROSS JOIN json_each((
    SELECT json_group_array(r) FROM (
        SELECT p.rowid AS r FROM properties p WHERE {where} ORDER BY {order} LIMIT ?2
    )
)) page
CROSS JOIN properties p ON p.rowid = page.value
{with_owner}

-- name: count_properties
-- How many listings each filter of one shape finds, counted up to ?2, and the key it answers.
SELECT (SELECT count(*) FROM (SELECT 1 FROM properties p WHERE {where} LIMIT ?2)), k.key
FROM k

-- name: search_owners
-- A page of each search of one shape, in its order, and the key it answers.
SELECT {owner}, k.key
FROM k
CROSS JOIN json_each((
    SELECT json_group_array(r) FROM (
        SELECT o.rowid AS r FROM owners o WHERE {where} ORDER BY {order} LIMIT ?2
    )
)) page
CROSS JOIN owners o ON o.rowid = page.value

-- name: count_owners
-- How many owners each filter of one shape finds, counted up to ?2, and the key it answers.
SELECT (SELECT count(*) FROM (SELECT 1 FROM owners o WHERE {where} LIMIT ?2)), k.key
FROM k

-- name: with_owner
-- A fragment: the listing's owner.
CROSS JOIN owners o ON o.id = p.owner_id

-- name: published
-- A fragment: the listing is published. Migration 0005 has indexes of the listings that these very words let through;
-- the plus keeps SQLite from the indexes by status, which lead to everybody's listings.
+p.status IN ('active', 'pending', 'sold')

-- name: published_change
-- A fragment: the price change leads from one status of published listings to another, or to the same.
c.old_status IN ('active', 'pending', 'sold') AND c.new_status IN ('active', 'pending', 'sold')

-- name: published_listing
-- A fragment: the listing of the price change is published.
EXISTS (SELECT 1 FROM properties p WHERE p.id = c.property_id AND +p.status IN ('active', 'pending', 'sold'))

-- name: published_key
-- A fragment: only of keys whose listing is published.
CROSS JOIN properties p ON p.id = k.property_id AND +p.status IN ('active', 'pending', 'sold')

-- name: statuses
-- A fragment of a search: the listing's status is one of the key's.
p.status IN (SELECT value FROM json_each(k.statuses))

-- name: analyze
-- Fresh statistics for the planner, after many rows came.
ANALYZE

-- name: schema_exists
-- One row if migrations were ever applied.
SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'

-- name: create_schema_migrations
-- The table of what was applied.
CREATE TABLE schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    oldest INTEGER NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT

-- name: applied_migrations
-- What was applied: version, name, oldest code that can live with it, µs since 1970.
SELECT version, name, oldest, applied_at FROM schema_migrations ORDER BY version

-- name: record_migration
-- One migration was applied.
INSERT INTO schema_migrations (version, name, oldest, applied_at) VALUES (?1, ?2, ?3, ?4)

-- name: lock_migrations
-- Nothing to do: BEGIN IMMEDIATE already keeps other writers out.
SELECT 1
