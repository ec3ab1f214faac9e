-- Statements that every table has. $1 is an array of ids, or JSON: an array of rows. {fields} are those of the record,
-- {columns} are all columns, and {typed} has their types in JSON. {values} and {assignments} are made of a row of `r`.

-- name: lock_{table}_by_id
-- The rows with these ids, locked until the transaction ends, in the order of ids so that two writers can't deadlock.
-- If other tables refer to this one, NO KEY UPDATE doesn't wait for inserts of rows that refer to the locked ones.
SELECT {fields} FROM {schema}{table} {alias} WHERE {alias}.id = ANY($1) ORDER BY {alias}.id FOR {lock}

-- name: insert_{table}
-- Insert rows.
INSERT INTO {schema}{table} ({columns})
SELECT {values} FROM json_to_recordset($1) AS r ({typed})

-- name: update_{table}
-- Update the rows with these ids. The array of ids keeps the planner from scanning a small table.
WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($1) AS r ({typed}))
UPDATE {schema}{table} AS {alias} SET {assignments}
FROM r
WHERE {alias}.id = r.id AND {alias}.id = ANY(ARRAY(SELECT id FROM r))

-- name: delete_{table}
-- Delete the rows with these ids, and the rows that the schema deletes with them.
DELETE FROM {schema}{table} WHERE id = ANY($1)

-- name: export_{table}
-- The next $2 rows behind the id $1, by id.
SELECT {fields} FROM {schema}{table} {alias} WHERE {alias}.id > $1 ORDER BY {alias}.id LIMIT $2
