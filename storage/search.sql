-- The fragments that a search is composed of. Both databases read them alike: `k` is the search's row of
-- parameters, `p`, `o` and `c` are the tables. search_statement.py puts them together.

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

-- name: properties_time_down
p.created_at DESC, p.id DESC

-- name: properties_time_down_from
(p.created_at, p.id) < (k.start_time, k.start_id)

-- name: properties_time_up
p.created_at, p.id

-- name: properties_time_up_from
(p.created_at, p.id) > (k.start_time, k.start_id)

-- name: properties_price_down
p.price DESC, p.id DESC

-- name: properties_price_down_from
(p.price, p.id) < (k.start_price, k.start_id)

-- name: properties_price_up
p.price, p.id

-- name: properties_price_up_from
(p.price, p.id) > (k.start_price, k.start_id)

-- name: owners_all
TRUE

-- name: name_key
o.name_key >= k.name_key AND o.name_key < k.name_key_end

-- name: owners_time_down
o.created_at DESC, o.id DESC

-- name: owners_time_down_from
(o.created_at, o.id) < (k.start_time, k.start_id)

-- name: owners_time_up
o.created_at, o.id

-- name: owners_time_up_from
(o.created_at, o.id) > (k.start_time, k.start_id)

-- name: owners_name_down
o.name_key DESC, o.id DESC

-- name: owners_name_down_from
(o.name_key, o.id) < (k.start_name, k.start_id)

-- name: owners_name_up
o.name_key, o.id

-- name: owners_name_up_from
(o.name_key, o.id) > (k.start_name, k.start_id)

-- name: price_changes_of_property
c.property_id = k.property_id

-- name: price_changes_time_down
c.changed_at DESC, c.id DESC

-- name: price_changes_time_down_from
(c.changed_at, c.id) < (k.start_time, k.start_id)
