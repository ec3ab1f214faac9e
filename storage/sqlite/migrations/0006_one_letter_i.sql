-- oldest: 1
-- Searches treat İ, I, i and ı as one letter. In stored keys, ı becomes i, and the dot that case folding leaves behind
-- an i (U+0307) is removed, as in storage/folding.py. Other rows aren't updated.
--
-- Code from before this migration doesn't find these rows by a name with İ or ı, and writes rows with the old keys.
-- Its instances can keep running during a rolling deployment: docs/howto/run-on-postgres.md says how to correct the
-- keys.

UPDATE owners SET name_key = replace(replace(name_key, 'ı', 'i'), 'i' || char(775), 'i')
WHERE instr(name_key, 'ı') > 0 OR instr(name_key, 'i' || char(775)) > 0;

UPDATE properties
SET city_key = replace(replace(city_key, 'ı', 'i'), 'i' || char(775), 'i'),
    region_key = replace(replace(region_key, 'ı', 'i'), 'i' || char(775), 'i')
WHERE instr(city_key, 'ı') > 0 OR instr(city_key, 'i' || char(775)) > 0
    OR instr(region_key, 'ı') > 0 OR instr(region_key, 'i' || char(775)) > 0;
