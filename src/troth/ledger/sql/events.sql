-- The ledger inside a transaction: append, read, erase.

-- name: append_event
-- One event with its slots in one round trip. No row comes back when one of the keys is gone: seal again under a new one.
WITH made AS (
    INSERT INTO event (uid, kind, at, space, policy, envelope, leaf)
    SELECT %(uid)s, %(kind)s, %(at)s, %(space)s, %(policy)s, %(envelope)s, %(leaf)s
    WHERE NOT EXISTS (SELECT FROM gone_key WHERE key_id = ANY(%(keys)s::text[]))
    RETURNING id, uid
), kept AS (
    INSERT INTO slot (event, number, subject, retain, year, key_id, commitment, sealed)
    SELECT made.id, s.number, s.subject, s.retain, s.year, s.key_id, s.commitment, s.sealed
    FROM made, unnest(
        %(numbers)s::smallint[], %(subjects)s::text[], %(retains)s::text[], %(years)s::smallint[],
        %(keys)s::text[], %(commitments)s::bytea[], %(sealed)s::bytea[]
    ) AS s (number, subject, retain, year, key_id, commitment, sealed)
)
SELECT uid, id FROM made;

-- name: append_events
-- Several events with their slots in one round trip. No row comes back when one of the keys is gone.
WITH made AS (
    INSERT INTO event (uid, kind, at, space, policy, envelope, leaf)
    SELECT uid, kind, at, space, policy, envelope, leaf
    FROM unnest(
        %(uids)s::text[], %(kinds)s::text[], %(ats)s::timestamptz[], %(spaces)s::text[], %(policies)s::text[],
        %(envelopes)s::jsonb[], %(leaves)s::bytea[]
    ) WITH ORDINALITY AS e (uid, kind, at, space, policy, envelope, leaf, n)
    WHERE NOT EXISTS (SELECT FROM gone_key WHERE key_id = ANY(%(keys)s::text[]))
    ORDER BY n RETURNING id, uid
), kept AS (
    INSERT INTO slot (event, number, subject, retain, year, key_id, commitment, sealed)
    SELECT made.id, s.number, s.subject, s.retain, s.year, s.key_id, s.commitment, s.sealed
    FROM made JOIN unnest(
        %(of)s::text[], %(numbers)s::smallint[], %(subjects)s::text[], %(retains)s::text[], %(years)s::smallint[],
        %(keys)s::text[], %(commitments)s::bytea[], %(sealed)s::bytea[]
    ) AS s (uid, number, subject, retain, year, key_id, commitment, sealed) USING (uid)
)
SELECT uid, id FROM made;

-- name: of_case
-- What happened in a case, of some kinds or of all, placed or not.
SELECT kind, envelope, position FROM event
WHERE envelope ? 'case' AND envelope ->> 'case' = %(case)s
    AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[])) ORDER BY id;

-- name: read_all
-- Placed events in order. Four statements, so that each has an index to walk, whatever plan the server keeps.
SELECT id, position, uid, kind, at, space, policy, envelope FROM event
WHERE position > %(after)s ORDER BY position LIMIT %(limit)s;

-- name: read_kinds
-- Placed events of some kinds in order.
SELECT id, position, uid, kind, at, space, policy, envelope FROM event
WHERE position > %(after)s AND kind = ANY(%(kinds)s) ORDER BY position LIMIT %(limit)s;

-- name: read_case
-- Placed events of a case in order.
SELECT id, position, uid, kind, at, space, policy, envelope FROM event
WHERE envelope ? 'case' AND envelope ->> 'case' = %(case)s AND position > %(after)s
    AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
    AND (%(subject)s::text IS NULL OR id IN (SELECT event FROM slot WHERE subject = %(subject)s::text))
ORDER BY position LIMIT %(limit)s;

-- name: read_subject
-- Placed events that concern a person in order.
SELECT id, position, uid, kind, at, space, policy, envelope FROM event
WHERE id IN (SELECT event FROM slot WHERE subject = %(subject)s) AND position > %(after)s
    AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
ORDER BY position LIMIT %(limit)s;

-- name: get_event
-- One event by its id, placed or not.
SELECT id, position, uid, kind, at, space, policy, envelope FROM event WHERE id = %(event)s;

-- name: slots_of
-- The slots of some events, in order.
SELECT event, number, subject, retain, year, key_id, commitment, sealed FROM slot
WHERE event = ANY(%(events)s) ORDER BY event, number;

-- name: empty_slots
-- Delete the bytes of a subject's slots in some classes, of one year or of all; gives the keys they stood under.
WITH emptied AS (
    UPDATE slot SET sealed = NULL
    WHERE subject = %(subject)s AND retain = ANY(%(classes)s) AND sealed IS NOT NULL
        AND (%(year)s::smallint IS NULL OR year = %(year)s::smallint)
    RETURNING key_id
)
SELECT key_id, count(*) FROM emptied GROUP BY key_id;

-- name: mark_gone
-- Say that nothing may be sealed under these keys any more.
INSERT INTO gone_key (key_id, at) SELECT unnest(%(keys)s::text[]), %(at)s ON CONFLICT DO NOTHING;
