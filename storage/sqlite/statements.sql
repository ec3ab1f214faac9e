-- SQLite's statements. ?1 is JSON: an array of keys, or of rows. A statement that reads pages gets `WITH k AS (...)` in
-- front (json_rows.sql): `k` has a row for each page and the columns that the statement names. ?2 is the size of every
-- page, since SQLite's LIMIT can't read a joined value.

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
-- Each city's newest active listings, newest first, with the number of their key.
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
-- A page of each owner's listings, newest first, with the number of its key.
SELECT {property}, k.key
FROM k
CROSS JOIN json_each((
    SELECT json_group_array(r) FROM (
        SELECT p.rowid AS r FROM properties p WHERE p.owner_id = k.owner_id {AND where} ORDER BY {order} LIMIT ?2
    )
)) page
CROSS JOIN properties p ON p.rowid = page.value

-- name: price_changes_by_property_id
-- A page of each listing's price changes, newest first, with the number of its key.
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
-- The number of each owner's listings. An owner without any is absent.
SELECT p.owner_id, count(*) FROM properties p
WHERE p.owner_id IN (SELECT value FROM json_each(?1)) {AND published}
GROUP BY p.owner_id

-- name: search_properties
-- A page of each search of one shape, in its order, with the number of its key.
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
-- The number of listings that each filter of one shape finds, counted up to ?2, with the number of its key.
SELECT (SELECT count(*) FROM (SELECT 1 FROM properties p WHERE {where} LIMIT ?2)), k.key
FROM k

-- name: search_owners
-- A page of each search of one shape, in its order, with the number of its key.
SELECT {owner}, k.key
FROM k
CROSS JOIN json_each((
    SELECT json_group_array(r) FROM (
        SELECT o.rowid AS r FROM owners o WHERE {where} ORDER BY {order} LIMIT ?2
    )
)) page
CROSS JOIN owners o ON o.rowid = page.value

-- name: count_owners
-- The number of owners that each filter of one shape finds, counted up to ?2, with the number of its key.
SELECT (SELECT count(*) FROM (SELECT 1 FROM owners o WHERE {where} LIMIT ?2)), k.key
FROM k

-- name: with_owner
-- A fragment: the listing's owner.
CROSS JOIN owners o ON o.id = p.owner_id

-- name: published
-- A fragment: the listing is published. The indexes of migration 0005 have the same condition. The plus keeps SQLite
-- from using the indexes by status, which have the listings of all owners.
+p.status IN ('active', 'pending', 'sold')

-- name: published_change
-- A fragment: the price change has published statuses before and after.
c.old_status IN ('active', 'pending', 'sold') AND c.new_status IN ('active', 'pending', 'sold')

-- name: published_listing
-- A fragment: the listing of the price change is published.
EXISTS (SELECT 1 FROM properties p WHERE p.id = c.property_id AND +p.status IN ('active', 'pending', 'sold'))

-- name: published_key
-- A fragment: only keys whose listing is published.
CROSS JOIN properties p ON p.id = k.property_id AND +p.status IN ('active', 'pending', 'sold')

-- name: statuses
-- A fragment: the listing has one of the key's statuses.
p.status IN (SELECT value FROM json_each(k.statuses))

-- name: analyze
-- Refresh the planner's statistics, after many inserts.
ANALYZE

-- name: unreadable_columns
-- Those of the columns ?1, each as table.column, that are missing, and that they are. SQLite has no rights to read.
SELECT k.value, true
FROM json_each(?1) k
WHERE substr(k.value, instr(k.value, '.') + 1) NOT IN (
    SELECT name FROM pragma_table_info(substr(k.value, 1, instr(k.value, '.') - 1))
)
ORDER BY k.value

-- name: schema_exists
-- One row if there is a table of applied migrations.
SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'

-- name: create_schema_migrations
-- The table of applied migrations.
CREATE TABLE schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    oldest INTEGER NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT

-- name: applied_migrations
-- The applied migrations: version, name, the oldest code that works with it, and the time in µs since 1970.
SELECT version, name, oldest, applied_at FROM schema_migrations ORDER BY version

-- name: record_migration
-- Record an applied migration.
INSERT INTO schema_migrations (version, name, oldest, applied_at) VALUES (?1, ?2, ?3, ?4)

-- name: lock_migrations
-- Nothing to do: BEGIN IMMEDIATE already keeps other writers out.
SELECT 1
