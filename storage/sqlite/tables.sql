-- Statements that every table has. ?1 is JSON: an array of ids, or of rows. {fields} are those of the record, and
-- {columns} are all columns. {values} and {assignments} are made of a row of `r`.

-- name: lock_{table}_by_id
-- The rows with these ids. A writing transaction holds the whole database, so there is no row to lock.
SELECT {fields} FROM {table} {alias} WHERE {alias}.id IN (SELECT value FROM json_each(?1))

-- name: insert_{table}
-- Insert rows.
INSERT INTO {table} ({columns})
SELECT {values} FROM json_each(?1) r

-- name: update_{table}
-- Update the rows with these ids.
UPDATE {table} AS {alias} SET {assignments}
FROM json_each(?1) r
WHERE {alias}.id = r.value->>'id'

-- name: delete_{table}
-- Delete the rows with these ids, and the rows that the schema deletes with them.
DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?1))

-- name: export_{table}
-- The next ?2 rows behind the id ?1, by id.
SELECT {fields} FROM {table} {alias} WHERE {alias}.id > ?1 ORDER BY {alias}.id LIMIT ?2
