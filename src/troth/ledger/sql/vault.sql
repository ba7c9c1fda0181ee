-- The vault's own statements; they run in the vault database, each in a transaction of its own.

-- name: living_keys
-- The living keys of some places; each place (subject, class, year) has one at most.
SELECT key_id, subject, retain, year, wrapped_by, wrapped
FROM unnest(%(subjects)s::text[], %(retains)s::text[], %(years)s::smallint[]) AS place (subject, retain, year)
JOIN class_key USING (subject, retain, year) WHERE destroyed_at IS NULL;

-- name: add_keys
-- New keys, but none where somebody else made one at the same moment.
INSERT INTO class_key (key_id, subject, retain, year, wrapped_by, wrapped, created_at)
SELECT *, now() FROM unnest(
    %(key_ids)s::text[], %(subjects)s::text[], %(retains)s::text[], %(years)s::smallint[],
    %(wrapped_by)s::text[], %(wrapped)s::bytea[]
)
ON CONFLICT (subject, retain, year) WHERE destroyed_at IS NULL DO NOTHING
RETURNING key_id, subject, retain, year, wrapped_by, wrapped;

-- name: keys_by_id
-- Keys to open slots with; destroyed ones are left out.
SELECT key_id, subject, retain, year, wrapped_by, wrapped FROM class_key
WHERE key_id = ANY(%(key_ids)s) AND destroyed_at IS NULL;

-- name: keys_of
-- The living keys of a subject in some classes, of one year or of all.
SELECT key_id FROM class_key
WHERE subject = %(subject)s AND retain = ANY(%(classes)s) AND destroyed_at IS NULL
    AND (%(year)s::smallint IS NULL OR year = %(year)s::smallint);

-- name: destroy_keys
-- Destroy keys; the row stays and says since when.
UPDATE class_key SET wrapped = NULL, wrapped_by = NULL, destroyed_at = now()
WHERE key_id = ANY(%(key_ids)s) AND destroyed_at IS NULL;

-- name: count_destroyed
-- How many keys are destroyed; fewer than the state knows of means that an older copy of the vault was restored.
SELECT count(*) FROM class_key WHERE destroyed_at IS NOT NULL;
