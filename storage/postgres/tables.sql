-- What Postgres runs of every table; $1 is an array of ids, or JSON: an array of rows. {fields} is the record, {columns} are
-- all columns, {typed} with their types as JSON has them, {values} and {assignments} make rows of `r` rows of the table.

-- name: lock_{table}_by_id
-- The rows with these ids, locked until the transaction ends; in the order of ids, so that two can't deadlock.
-- NO KEY UPDATE, where rows of other tables refer to this one, doesn't wait for those that others make meanwhile.
SELECT {fields} FROM {schema}{table} {alias} WHERE {alias}.id = ANY($1) ORDER BY {alias}.id FOR {lock}

-- name: insert_{table}
-- New rows.
INSERT INTO {schema}{table} ({columns})
SELECT {values} FROM json_to_recordset($1) AS r ({typed})

-- name: update_{table}
-- The rows with these ids get these values. The ids as an array keep a small table from being scanned.
WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($1) AS r ({typed}))
UPDATE {schema}{table} AS {alias} SET {assignments}
FROM r
WHERE {alias}.id = r.id AND {alias}.id = ANY(ARRAY(SELECT id FROM r))

-- name: delete_{table}
-- The rows with these ids go, and what the schema lets go with them.
DELETE FROM {schema}{table} WHERE id = ANY($1)

-- name: export_{table}
-- The next $2 rows behind the id $1, by id.
SELECT {fields} FROM {schema}{table} {alias} WHERE {alias}.id > $1 ORDER BY {alias}.id LIMIT $2
