-- What SQLite runs of every table; ?1 is JSON: an array of ids, or of rows. {fields} is the record, {columns} are all
-- columns, {values} and {assignments} make rows of the table of rows of `r`.

-- name: lock_{table}_by_id
-- The rows with these ids. A writing transaction holds the whole database, so there is no row to lock.
SELECT {fields} FROM {table} {alias} WHERE {alias}.id IN (SELECT value FROM json_each(?1))

-- name: insert_{table}
-- New rows.
INSERT INTO {table} ({columns})
SELECT {values} FROM json_each(?1) r

-- name: update_{table}
-- The rows with these ids get these values.
UPDATE {table} AS {alias} SET {assignments}
FROM json_each(?1) r
WHERE {alias}.id = r.value->>'id'

-- name: delete_{table}
-- The rows with these ids go, and what the schema lets go with them.
DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?1))

-- name: export_{table}
-- The next ?2 rows behind the id ?1, by id.
SELECT {fields} FROM {table} {alias} WHERE {alias}.id > ?1 ORDER BY {alias}.id LIMIT ?2
