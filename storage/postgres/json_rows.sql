-- How Postgres reads rows of parameters, a JSON array in $1: {column} is a column, {typed} are columns with their types.

-- name: value
-- A fragment: the value of a column of the row `r`.
r.{column}

-- name: time
-- A fragment: the same for a column of times.
timestamptz 'epoch' + r.{column} * interval '1 microsecond'

-- name: keys
-- A fragment: the beginning of each statement that reads pages. `k` has a row for each page.
WITH k AS (SELECT {values} FROM json_to_recordset($1) AS r ({typed}))
