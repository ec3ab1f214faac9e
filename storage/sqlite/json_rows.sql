-- How SQLite reads rows of parameters, a JSON array in ?1: {column} is a column.

-- name: value
-- A fragment: the value of a column of the row `r`.
r.value->>'{column}'

-- name: time
-- A fragment: the same for a column of times.
r.value->>'{column}'

-- name: keys
-- A fragment: the beginning of each statement that reads pages. `k` has a row for each page, and is materialized so
-- that JSON is read once for each key and not once for each row.
WITH k AS MATERIALIZED (SELECT {values} FROM json_each(?1) r)
