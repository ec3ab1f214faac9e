-- oldest: 1
-- Owners, listings and their price changes. Times are microseconds since 1970 (UTC).

CREATE TABLE owners (
    id TEXT PRIMARY KEY NOT NULL,
    reference TEXT UNIQUE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX owners_newest ON owners (created_at DESC, id DESC);
CREATE INDEX owners_name ON owners (name_key, id);

CREATE TABLE properties (
    id TEXT PRIMARY KEY NOT NULL,
    reference TEXT UNIQUE,
    version INTEGER NOT NULL CHECK (version > 0),
    address TEXT NOT NULL,
    city TEXT NOT NULL,
    city_key TEXT NOT NULL,
    region TEXT,
    region_key TEXT,
    postal_code TEXT,
    price INTEGER NOT NULL CHECK (price BETWEEN 0 AND 9007199254740991),
    status TEXT NOT NULL CHECK (status IN ('draft', 'active', 'pending', 'sold', 'withdrawn')),
    bedrooms INTEGER,
    bathrooms REAL,
    area REAL,
    latitude REAL,
    longitude REAL,
    owner_id TEXT NOT NULL REFERENCES owners (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX properties_city_newest ON properties (city_key, status, created_at DESC, id DESC);
CREATE INDEX properties_city_price ON properties (city_key, status, price, id);
CREATE INDEX properties_status_newest ON properties (status, created_at DESC, id DESC);
CREATE INDEX properties_status_price ON properties (status, price, id);
CREATE INDEX properties_owner_newest ON properties (owner_id, created_at DESC, id DESC);
CREATE INDEX properties_owner_price ON properties (owner_id, price, id);

CREATE TABLE price_changes (
    id TEXT PRIMARY KEY NOT NULL,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    old_price INTEGER NOT NULL,
    new_price INTEGER NOT NULL,
    old_status TEXT NOT NULL,
    new_status TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX price_changes_newest ON price_changes (property_id, changed_at DESC, id DESC);
