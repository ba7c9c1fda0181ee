-- Policy versions, and what must outlive an erasure.

-- name: add_policy
-- A version; hashes are never reused.
INSERT INTO policy_version (hash, files, effective_from, approved_by, event)
VALUES (%(hash)s, %(files)s, %(effective_from)s, %(approved_by)s, %(event)s);

-- name: get_policy
-- One version.
SELECT hash, files, effective_from, approved_by FROM policy_version WHERE hash = %(hash)s;

-- name: current_policy
-- The version in force at a moment; of two from the same moment, the one approved last.
SELECT hash, files, effective_from, approved_by FROM policy_version WHERE effective_from <= %(at)s
ORDER BY effective_from DESC, event DESC LIMIT 1;

-- name: all_policies
-- Every version, oldest first.
SELECT hash, effective_from FROM policy_version ORDER BY effective_from, event;

-- name: remember_rows
-- Keyed hashes of erased rows; the newest plan knows how a row ended, and the later end wins.
INSERT INTO erased_row (lookup, key_id, plan, ends)
SELECT lookup, %(key_id)s, %(plan)s, %(ends)s FROM unnest(%(lookups)s::bytea[]) AS lookup
ON CONFLICT (lookup) DO UPDATE SET plan = excluded.plan, ends = greatest(erased_row.ends, excluded.ends);

-- name: erased_rows
-- Under which plan each of these rows was erased.
SELECT erased_row.plan FROM unnest(%(lookups)s::bytea[]) WITH ORDINALITY AS wanted (lookup, n)
LEFT JOIN erased_row ON erased_row.lookup = wanted.lookup AND erased_row.ends >= %(today)s ORDER BY wanted.n;

-- name: remember_who
-- Keyed hashes of who rows were, before they are erased; the later end wins.
INSERT INTO row_was (lookup, was, key_id, ends)
SELECT lookup, was, %(key_id)s, %(ends)s FROM unnest(%(lookups)s::bytea[], %(was)s::bytea[]) AS row (lookup, was)
ON CONFLICT (lookup, was) DO UPDATE SET ends = greatest(row_was.ends, excluded.ends);

-- name: same_rows
-- Whether each of these rows is one that was known under its key.
SELECT EXISTS (
    SELECT FROM row_was WHERE row_was.lookup = wanted.lookup AND row_was.was = wanted.was AND ends >= %(today)s
) FROM unnest(%(lookups)s::bytea[], %(was)s::bytea[]) WITH ORDINALITY AS wanted (lookup, was, n) ORDER BY wanted.n;

-- name: set_backup
-- When the backup was made from which a store was restored last.
INSERT INTO setting (name, value) VALUES (%(name)s, %(value)s) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: get_backup
-- The same, read.
SELECT value FROM setting WHERE name = %(name)s;

-- name: suppress
-- A no that outlives the person's data, said by this session's last event; no end outlives any end.
INSERT INTO suppression (lookup, scope, key_id, normaliser, ends, event)
VALUES (%(lookup)s, %(scope)s, %(key_id)s, %(normaliser)s, %(ends)s,
    currval(pg_get_serial_sequence('event', 'id')))
ON CONFLICT (lookup, scope) DO UPDATE SET
    ends = CASE WHEN suppression.ends IS NULL OR excluded.ends IS NULL THEN NULL
        ELSE greatest(suppression.ends, excluded.ends) END;

-- name: suppressed
-- Whether a no stands.
SELECT FROM suppression
WHERE lookup = %(lookup)s AND scope = %(scope)s AND (ends IS NULL OR ends >= %(today)s);

-- name: forget_rows
-- Past their end.
DELETE FROM erased_row WHERE ends < %(today)s RETURNING ends;

-- name: forget_who
-- Past their end.
DELETE FROM row_was WHERE ends < %(today)s RETURNING ends;

-- name: forget_suppressions
-- Past their end.
DELETE FROM suppression WHERE ends < %(today)s RETURNING ends;

-- name: old_hashes
-- Whether hashes stand under an older key of their use.
SELECT 'identifier-lookup', lookup, key_id, normaliser FROM link WHERE key_id <> %(lookup_key)s
UNION ALL
SELECT 'suppression', lookup, key_id, normaliser FROM suppression WHERE key_id <> %(suppression_key)s
UNION ALL
SELECT 'replay', lookup, key_id, 1 FROM erased_row WHERE key_id <> %(replay_key)s;

-- name: old_pairs
-- Pairs of hashes under an older key.
SELECT lookup, was, key_id FROM row_was WHERE key_id <> %(replay_key)s;

-- name: lift_link
-- A lookup hash under the new key.
UPDATE link SET lookup = %(new)s, key_id = %(key_id)s WHERE lookup = %(old)s AND key_id = %(old_key)s;

-- name: lift_suppression
-- A suppression hash under the new key.
UPDATE suppression SET lookup = %(new)s, key_id = %(key_id)s WHERE lookup = %(old)s AND key_id = %(old_key)s;

-- name: lift_row
-- A replay hash under the new key.
UPDATE erased_row SET lookup = %(new)s, key_id = %(key_id)s WHERE lookup = %(old)s AND key_id = %(old_key)s;

-- name: lift_who
-- Both hashes of a pair under the new key.
UPDATE row_was SET lookup = %(new)s, was = %(new_was)s, key_id = %(key_id)s
WHERE lookup = %(old)s AND was = %(old_was)s AND key_id = %(old_key)s;

-- name: observing
-- Until when the gate only watches.
SELECT value FROM setting WHERE name = 'observing';

-- name: begin_observing
-- From now on it only watches.
INSERT INTO setting (name, value) VALUES ('observing', %(until)s) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: end_observing
-- It no longer only watches.
DELETE FROM setting WHERE name = 'observing';
