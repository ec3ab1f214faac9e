-- The harness's tables five times over, spread evenly over 5,000 cities: a hundred listings a city, sixty of them
-- active, so that a list of fifty is full. Copies have owners of their own: an owner has five listings, as before.

DROP SCHEMA IF EXISTS cities CASCADE;
CREATE SCHEMA cities;
SET search_path = cities;

CREATE TABLE owners (LIKE public.owners INCLUDING ALL);
CREATE TABLE properties (LIKE public.properties INCLUDING ALL);

INSERT INTO owners
SELECT 'o' || lpad((substr(id, 2)::int + 20000 * copy)::text, 6, '0'), name, email, phone, created_at
FROM public.owners CROSS JOIN generate_series(0, 4) copy;

-- Microseconds apart, since the order of listings created at one time is nobody's promise.
INSERT INTO properties
SELECT
    'p' || lpad((substr(id, 2)::int + 100000 * copy)::text, 6, '0'), address,
    'City' || lpad((row_number() OVER (PARTITION BY status ORDER BY copy, id) % 5000)::text, 4, '0'), price, status,
    'o' || lpad((substr(owner_id, 2)::int + 20000 * copy)::text, 6, '0'), created_at + copy * interval '1 microsecond'
FROM public.properties CROSS JOIN generate_series(0, 4) copy;

ALTER TABLE properties ADD FOREIGN KEY (owner_id) REFERENCES owners (id);
VACUUM ANALYZE owners;
VACUUM ANALYZE properties;
