-- The fragments of searches, the same for both databases. `k` is the row of a search's parameters; `p`, `o` and `c` are
-- the tables. storage/sql/composing.py composes the statements.

-- name: properties_of_city
p.city_key = k.city_key AND p.status = k.status

-- name: properties_of_owner
p.owner_id = k.owner_id

-- name: properties_of_status
p.status = k.status

-- name: city_key
p.city_key = k.city_key

-- name: region_key
p.region_key = k.region_key

-- name: min_price
p.price >= k.min_price

-- name: max_price
p.price <= k.max_price

-- name: min_bedrooms
p.bedrooms >= k.min_bedrooms

-- name: min_bathrooms
p.bathrooms >= k.min_bathrooms

-- name: min_area
p.area >= k.min_area

-- name: max_area
p.area <= k.max_area

-- name: box
p.latitude BETWEEN k.south AND k.north AND p.longitude BETWEEN k.west AND k.east

-- name: owners_all
TRUE

-- name: name_key
o.name_key >= k.name_key AND o.name_key < k.name_key_end
