-- Dated work and the pause.

-- name: add_due
-- File work; the same again gives the id that is there.
INSERT INTO due (kind, ref, at, state, next_at, note) VALUES (%(kind)s, %(ref)s, %(at)s, 'open', %(at)s, %(note)s)
ON CONFLICT (kind, ref, at) DO UPDATE SET kind = excluded.kind RETURNING id;

-- name: take_due
-- Take what is due, oldest first, past what others hold; nothing while paused.
WITH ready AS (
    SELECT id FROM due
    WHERE state = 'open' AND next_at <= %(now)s AND kind = ANY(%(kinds)s)
        AND NOT EXISTS (SELECT FROM setting WHERE name = 'paused')
    ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE due SET state = 'taken', taken_at = %(now)s, taken_by = %(worker)s, lease_until = %(until)s, tries = tries + 1
FROM ready WHERE due.id = ready.id RETURNING due.id, kind, ref, at, tries, note;

-- name: take_due_about
-- The same for work about one thing.
WITH ready AS (
    SELECT id FROM due
    WHERE state = 'open' AND next_at <= %(now)s AND kind = ANY(%(kinds)s) AND ref = %(ref)s
        AND NOT EXISTS (SELECT FROM setting WHERE name = 'paused')
    ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE due SET state = 'taken', taken_at = %(now)s, taken_by = %(worker)s, lease_until = %(until)s, tries = tries + 1
FROM ready WHERE due.id = ready.id RETURNING due.id, kind, due.ref, at, tries, note;

-- name: finish_due
-- Done, if the lease is still this worker's.
UPDATE due SET state = 'done', ended_at = %(now)s, lease_until = NULL
WHERE id = %(id)s AND state = 'taken' AND taken_by = %(worker)s AND tries = %(tries)s
RETURNING id;

-- name: fail_due
-- Not done: open again later, or given up.
UPDATE due SET state = %(state)s, next_at = %(next_at)s, lease_until = NULL, note = %(code)s
WHERE id = %(id)s AND state = 'taken' AND taken_by = %(worker)s AND tries = %(tries)s
RETURNING id;

-- name: put_off_due
-- Not done, and no fault of its own: open again later, and the taking does not count.
UPDATE due SET state = 'open', next_at = %(next_at)s, lease_until = NULL, note = %(code)s, tries = tries - 1
WHERE id = %(id)s AND state = 'taken' AND taken_by = %(worker)s AND tries = %(tries)s
RETURNING id;

-- name: prolong_due
-- Held for longer, if the lease is still this worker's.
UPDATE due SET lease_until = %(until)s
WHERE id = %(id)s AND state = 'taken' AND taken_by = %(worker)s AND tries = %(tries)s
RETURNING id;

-- name: retry_due
-- What was given up long enough ago is open again.
UPDATE due SET state = 'open', next_at = %(now)s, tries = %(had)s WHERE state = 'given-up' AND next_at <= %(before)s
RETURNING id;

-- name: cancel_due
-- Drop open work.
UPDATE due SET state = 'cancelled', ended_at = %(now)s WHERE kind = %(kind)s AND ref = %(ref)s AND state = 'open'
RETURNING id;

-- name: put_back_stalled
-- Leases that ran out: open again, or given up when it was taken too often.
UPDATE due SET state = CASE WHEN tries >= %(most)s THEN 'given-up' ELSE 'open' END, next_at = %(now)s, lease_until = NULL
WHERE state = 'taken' AND lease_until < %(now)s RETURNING id;

-- name: late
-- Due for longer than allowed, and nobody took it.
SELECT id FROM due WHERE state = 'open' AND next_at < %(before)s ORDER BY next_at, id;

-- name: given_up
-- Waits for a person.
SELECT id FROM due WHERE state = 'given-up' ORDER BY id;

-- name: undone
-- The newest work of a kind for each ref, where it is not done: one probe of the index for each ref, whatever the
-- server thinks of how common the kind is.
WITH RECURSIVE newest AS (
    (SELECT ref, at, state FROM due WHERE kind = %(kind)s ORDER BY ref DESC, at DESC LIMIT 1)
    UNION ALL
    SELECT next.* FROM newest, LATERAL (
        SELECT due.ref, due.at, due.state FROM due
        WHERE due.kind = %(kind)s AND due.ref < newest.ref ORDER BY due.ref DESC, due.at DESC LIMIT 1
    ) AS next
)
SELECT ref, at FROM newest WHERE state NOT IN ('done', 'cancelled') ORDER BY at, ref;

-- name: pause
-- Stop all taking.
INSERT INTO setting (name, value) VALUES ('paused', %(code)s) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: resume
-- Let work be taken again.
DELETE FROM setting WHERE name = 'paused';

-- name: paused
-- Whether and why.
SELECT value FROM setting WHERE name = 'paused';
