-- The one sequencer: gives positions to committed events, and keeps the tree.

-- name: lock
-- One sequencer at a time. A statement of its own: the next one must see what the last holder committed.
SELECT pg_advisory_xact_lock(%(key)s);

-- name: size
-- How many events have a position.
SELECT coalesce(max(position) + 1, 0) FROM event;

-- name: unplaced
-- Committed events without a position, oldest id first. Reads no transaction ids: a late commit is simply here next time.
SELECT id, leaf FROM event WHERE position IS NULL ORDER BY id LIMIT %(limit)s;

-- name: place
-- Give positions.
UPDATE event SET position = placed.position
FROM unnest(%(ids)s::bigint[], %(positions)s::bigint[]) AS placed (id, position) WHERE event.id = placed.id;

-- name: add_nodes
-- Keep complete subtrees.
INSERT INTO node (level, index, hash)
SELECT * FROM unnest(%(levels)s::smallint[], %(indexes)s::bigint[], %(hashes)s::bytea[]);

-- name: nodes
-- The wanted subtrees, in the order wanted.
SELECT node.hash FROM unnest(%(levels)s::smallint[], %(indexes)s::bigint[]) WITH ORDINALITY AS wanted (level, index, n)
JOIN node ON node.level = wanted.level AND node.index = wanted.index ORDER BY wanted.n;

-- name: add_checkpoint
-- Keep a signed checkpoint; one for each size.
INSERT INTO checkpoint (size, root, note, signed_at) VALUES (%(size)s, %(root)s, %(note)s, %(at)s)
ON CONFLICT (size) DO NOTHING;

-- name: newest_checkpoint
-- The newest checkpoint.
SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1;

-- name: add_delivery
-- A witness has it.
INSERT INTO delivery (size, witness, delivered_at) VALUES (%(size)s, %(witness)s, %(at)s) ON CONFLICT DO NOTHING;

-- name: delivered
-- The newest checkpoint that a witness was given, as far as this database remembers.
SELECT max(size) FROM delivery WHERE witness = %(witness)s;

-- name: without_waiting
-- What this transaction writes may be lost in a crash: it only repeats what is written elsewhere, and is made again.
SET LOCAL synchronous_commit = off;

-- name: open_gone_keys
-- Keys that the vault has not yet confirmed as destroyed.
SELECT key_id FROM gone_key WHERE destroyed_at IS NULL;

-- name: confirm_gone
-- The vault has destroyed them.
UPDATE gone_key SET destroyed_at = now() WHERE key_id = ANY(%(keys)s) AND destroyed_at IS NULL;

-- name: count_gone
-- How many keys the vault has confirmed as destroyed.
SELECT count(*) FROM gone_key WHERE destroyed_at IS NOT NULL;

-- name: gone_keys
-- Every key that must not live.
SELECT key_id FROM gone_key;
