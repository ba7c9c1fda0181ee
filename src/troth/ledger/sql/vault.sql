-- The vault's own statements; they run in the vault database, each in a transaction of its own.

-- name: living_key
-- The one living key of a subject, class and year.
SELECT key_id, wrapped_by, wrapped FROM class_key
WHERE subject = %(subject)s AND retain = %(retain)s AND year = %(year)s AND destroyed_at IS NULL;

-- name: add_key
-- A new key, unless somebody else made one at the same moment.
INSERT INTO class_key (key_id, subject, retain, year, wrapped_by, wrapped, created_at)
VALUES (%(key_id)s, %(subject)s, %(retain)s, %(year)s, %(wrapped_by)s, %(wrapped)s, now())
ON CONFLICT (subject, retain, year) WHERE destroyed_at IS NULL DO NOTHING;

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
