-- oldest: 1
-- İ, I, i and ı are one letter to a search. Keys lose the dot that case folding leaves behind i (U+0307), and ı becomes
-- i, as storage/folding.py does it. Rows whose keys stay are not touched.
--
-- Code before this migration finds these rows no more under a name with İ or ı, and gives what it writes the old keys:
-- docs/howto/run-on-postgres.md says how they are mended after a rolling deployment. Its instances stay up meanwhile.

UPDATE owners SET name_key = replace(replace(name_key, 'ı', 'i'), 'i' || char(775), 'i')
WHERE instr(name_key, 'ı') > 0 OR instr(name_key, 'i' || char(775)) > 0;

UPDATE properties
SET city_key = replace(replace(city_key, 'ı', 'i'), 'i' || char(775), 'i'),
    region_key = replace(replace(region_key, 'ı', 'i'), 'i' || char(775), 'i')
WHERE instr(city_key, 'ı') > 0 OR instr(city_key, 'i' || char(775)) > 0
    OR instr(region_key, 'ı') > 0 OR instr(region_key, 'i' || char(775)) > 0;
