-- oldest: 1
-- Owners, listings and their price changes. Keys are compared by code point (collation C), as SQLite does.

CREATE TABLE owners (
    id text COLLATE "C" PRIMARY KEY,
    reference text COLLATE "C" UNIQUE,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    email text NOT NULL,
    phone text,
    created_at timestamptz NOT NULL
);

CREATE INDEX owners_newest ON owners (created_at DESC, id DESC);
CREATE INDEX owners_name ON owners (name_key, id);

CREATE TABLE properties (
    id text COLLATE "C" PRIMARY KEY,
    reference text COLLATE "C" UNIQUE,
    version integer NOT NULL CHECK (version > 0),
    address text NOT NULL,
    city text NOT NULL,
    city_key text COLLATE "C" NOT NULL,
    region text,
    region_key text COLLATE "C",
    postal_code text,
    price bigint NOT NULL CHECK (price BETWEEN 0 AND 9007199254740991),
    status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active', 'pending', 'sold', 'withdrawn')),
    bedrooms integer,
    bathrooms double precision,
    area double precision,
    latitude double precision,
    longitude double precision,
    owner_id text COLLATE "C" NOT NULL REFERENCES owners (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX properties_city_newest ON properties (city_key, status, created_at DESC, id DESC);
CREATE INDEX properties_city_price ON properties (city_key, status, price, id);
CREATE INDEX properties_status_newest ON properties (status, created_at DESC, id DESC);
CREATE INDEX properties_status_price ON properties (status, price, id);
CREATE INDEX properties_owner_newest ON properties (owner_id, created_at DESC, id DESC);
CREATE INDEX properties_owner_price ON properties (owner_id, price, id);

CREATE TABLE price_changes (
    id text COLLATE "C" PRIMARY KEY,
    property_id text COLLATE "C" NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    old_price bigint NOT NULL,
    new_price bigint NOT NULL,
    old_status text COLLATE "C" NOT NULL,
    new_status text COLLATE "C" NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE INDEX price_changes_newest ON price_changes (property_id, changed_at DESC, id DESC);
