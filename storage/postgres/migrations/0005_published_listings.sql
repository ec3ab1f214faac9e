-- oldest: 1
-- Indexes of published listings, and of price changes between published statuses, for the reads of the public: so the
-- cost of a read neither depends on hidden rows nor reveals them. A statement uses them if it has the
-- same condition (`published` in statements.sql). The first includes the columns that lists show, as in migration 0004.

CREATE INDEX properties_owner_published ON properties (owner_id, created_at DESC, id DESC)
    INCLUDE (address, city, price, status, bedrooms, bathrooms, area)
    WHERE status IN ('active', 'pending', 'sold');
CREATE INDEX properties_owner_published_price ON properties (owner_id, price, id)
    WHERE status IN ('active', 'pending', 'sold');
CREATE INDEX price_changes_published ON price_changes (property_id, changed_at DESC, id DESC)
    WHERE old_status IN ('active', 'pending', 'sold') AND new_status IN ('active', 'pending', 'sold');
