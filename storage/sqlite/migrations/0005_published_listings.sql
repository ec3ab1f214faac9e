-- oldest: 1
-- The public reads an owner's published listings, and the changes of price and status that it may know of, along
-- indexes of these alone: what a read costs does not hang on, or tell of, what it hides. A statement uses them that has
-- the same condition in the same words (`published` in statements.sql).

CREATE INDEX properties_owner_published ON properties (owner_id, created_at DESC, id DESC)
    WHERE +status IN ('active', 'pending', 'sold');
CREATE INDEX properties_owner_published_price ON properties (owner_id, price, id)
    WHERE +status IN ('active', 'pending', 'sold');
CREATE INDEX price_changes_published ON price_changes (property_id, changed_at DESC, id DESC)
    WHERE old_status IN ('active', 'pending', 'sold') AND new_status IN ('active', 'pending', 'sold');
