-- oldest: 1
-- Notify caches of every write when its transaction commits: of the tags of each row before and after (storage/tags.py),
-- each once, or of "flush" if one statement touches more than a hundred.
--
-- A trigger function runs with the search_path of the role that writes, so it uses only names in pg_catalog and `rows`,
-- the rows of the statement. {channel} is `freehold`, or the channel of the schema in the settings.

CREATE FUNCTION freehold_owners_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM rows LIMIT 101) AS some_rows) > 100 THEN
        PERFORM pg_catalog.pg_notify('{channel}', 'flush');
    ELSE
        PERFORM pg_catalog.pg_notify('{channel}', 'owner:' || id) FROM rows;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION freehold_properties_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tags text[] := ARRAY(
        SELECT DISTINCT tag
        FROM (SELECT id, owner_id, city_key FROM rows LIMIT 101) AS written
        CROSS JOIN LATERAL (
            VALUES ('property:' || written.id), ('owner:' || written.owner_id), ('city:' || written.city_key)
        ) AS tags (tag)
    );
BEGIN
    -- A notification holds less than 8,000 bytes.
    IF cardinality(tags) > 100 OR EXISTS (SELECT FROM unnest(tags) AS tag WHERE octet_length(tag) > 7000) THEN
        PERFORM pg_catalog.pg_notify('{channel}', 'flush');
    ELSE
        PERFORM pg_catalog.pg_notify('{channel}', tag) FROM unnest(tags) AS tag;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION freehold_table_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('{channel}', 'flush');
    RETURN NULL;
END
$$;

CREATE TRIGGER owners_inserted AFTER INSERT ON owners
    REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION freehold_owners_written();
CREATE TRIGGER owners_deleted AFTER DELETE ON owners
    REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION freehold_owners_written();
CREATE TRIGGER owners_updated_from AFTER UPDATE ON owners
    REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION freehold_owners_written();
CREATE TRIGGER owners_updated_to AFTER UPDATE ON owners
    REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION freehold_owners_written();
CREATE TRIGGER owners_emptied AFTER TRUNCATE ON owners
    FOR EACH STATEMENT EXECUTE FUNCTION freehold_table_emptied();

CREATE TRIGGER properties_inserted AFTER INSERT ON properties
    REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION freehold_properties_written();
CREATE TRIGGER properties_deleted AFTER DELETE ON properties
    REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION freehold_properties_written();
CREATE TRIGGER properties_updated_from AFTER UPDATE ON properties
    REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION freehold_properties_written();
CREATE TRIGGER properties_updated_to AFTER UPDATE ON properties
    REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION freehold_properties_written();
CREATE TRIGGER properties_emptied AFTER TRUNCATE ON properties
    FOR EACH STATEMENT EXECUTE FUNCTION freehold_table_emptied();

-- Rows that replication or a restore writes (session_replication_role = replica) are notified too.
ALTER TABLE owners ENABLE ALWAYS TRIGGER owners_inserted;
ALTER TABLE owners ENABLE ALWAYS TRIGGER owners_deleted;
ALTER TABLE owners ENABLE ALWAYS TRIGGER owners_updated_from;
ALTER TABLE owners ENABLE ALWAYS TRIGGER owners_updated_to;
ALTER TABLE owners ENABLE ALWAYS TRIGGER owners_emptied;
ALTER TABLE properties ENABLE ALWAYS TRIGGER properties_inserted;
ALTER TABLE properties ENABLE ALWAYS TRIGGER properties_deleted;
ALTER TABLE properties ENABLE ALWAYS TRIGGER properties_updated_from;
ALTER TABLE properties ENABLE ALWAYS TRIGGER properties_updated_to;
ALTER TABLE properties ENABLE ALWAYS TRIGGER properties_emptied;
