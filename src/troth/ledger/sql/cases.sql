-- Cases, plans, approvals, parts, receipts. What refers to an event refers to the one this session wrote last.

-- name: open_case
-- A new case.
INSERT INTO case_file (id, asked, person, state, opened_at, due, ends)
VALUES (%(case)s, %(right)s, %(person)s, %(state)s, %(at)s, %(due)s, %(ends)s);

-- name: get_case
-- One case.
SELECT id, asked, person, state, opened_at, due, ends, plan FROM case_file WHERE id = %(case)s;

-- name: hold_case
-- One case, held until the end of the transaction: its changes queue up.
SELECT id, asked, person, state, opened_at, due, ends, plan FROM case_file WHERE id = %(case)s FOR UPDATE;

-- name: find_cases
-- Cases in some states, the earliest due first: the first of each state along the index, then the first of all.
SELECT found.id, found.asked, found.person, found.state, found.opened_at, found.due, found.ends, found.plan
FROM unnest(%(states)s::text[]) AS wanted (state) CROSS JOIN LATERAL (
    SELECT * FROM case_file WHERE case_file.state = wanted.state ORDER BY due, id LIMIT %(limit)s
) AS found
ORDER BY found.due, found.id LIMIT %(limit)s;

-- name: cases_of_person
-- One person's cases in some states, the earliest due first.
SELECT id, asked, person, state, opened_at, due, ends, plan FROM case_file
WHERE person = %(person)s AND state = ANY(%(states)s) ORDER BY due, id LIMIT %(limit)s;

-- name: set_state
-- Where a case stands.
UPDATE case_file SET state = %(state)s WHERE id = %(case)s;

-- name: set_plan
-- The newest plan of a case.
UPDATE case_file SET state = %(state)s, plan = %(plan)s WHERE id = %(case)s;

-- name: add_plan
-- A plan; its body is in slot 0 of its event.
INSERT INTO plan (hash, case_file, made_at, event)
VALUES (%(plan)s, %(case)s, %(at)s, currval(pg_get_serial_sequence('event', 'id')));

-- name: get_plan
-- Where a plan belongs.
SELECT case_file FROM plan WHERE hash = %(plan)s;

-- name: plan_body
-- The sealed slot that holds a plan.
SELECT uid, number, retain, year, key_id, sealed FROM plan
JOIN event ON event.id = plan.event JOIN slot ON slot.event = plan.event AND number = 0 WHERE hash = %(plan)s;

-- name: add_parts
-- What a plan stands on, store by store.
INSERT INTO part (plan, store, fingerprint, asynchronous, state)
SELECT %(plan)s, s.store, s.fingerprint, s.asynchronous, %(state)s
FROM unnest(%(stores)s::text[], %(fingerprints)s::text[], %(asynchronous)s::boolean[])
    AS s (store, fingerprint, asynchronous);

-- name: add_approval
-- The signature under a plan; one for each plan.
INSERT INTO approval (plan, signer, role, at, signature, public_key, event)
VALUES (%(plan)s, %(signer)s, %(role)s, %(at)s, %(signature)s, %(public_key)s,
    currval(pg_get_serial_sequence('event', 'id')));

-- name: get_approval
-- The signature under a plan.
SELECT plan, signer, role, at, signature, public_key FROM approval WHERE plan = %(plan)s;

-- name: parts
-- Every store's part of a plan with its counts.
SELECT plan, store, fingerprint, asynchronous, state, tries, intended_at, settled_at, next_try, done, note,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(number, changed, otherwise) ORDER BY number), '[]')
        FROM effect_count WHERE effect_count.plan = part.plan AND effect_count.store = part.store)
FROM part WHERE plan = %(plan)s ORDER BY store;

-- name: hold_part
-- One store's part, held until the end of the transaction, with its case and whether the plan is still the newest.
SELECT part.state, plan.case_file, EXISTS (SELECT FROM approval WHERE approval.plan = part.plan),
    case_file.plan = part.plan
FROM part JOIN plan ON plan.hash = part.plan JOIN case_file ON case_file.id = plan.case_file
WHERE part.plan = %(plan)s AND part.store = %(store)s FOR UPDATE OF part;

-- name: intend
-- The store is about to be asked.
UPDATE part SET state = %(state)s, tries = tries + 1, intended_at = %(at)s, next_try = NULL
WHERE plan = %(plan)s AND store = %(store)s;

-- name: settle
-- What the store did.
UPDATE part SET state = %(state)s, settled_at = %(at)s, next_try = NULL, done = %(done)s, note = %(note)s
WHERE plan = %(plan)s AND store = %(store)s;

-- name: add_counts
-- What really happened to each line.
INSERT INTO effect_count (plan, store, number, changed, otherwise)
SELECT %(plan)s, %(store)s, * FROM unnest(%(numbers)s::integer[], %(changed)s::bigint[], %(otherwise)s::bigint[])
ON CONFLICT (plan, store, number) DO UPDATE SET changed = excluded.changed, otherwise = excluded.otherwise;

-- name: put_off
-- The store did not answer.
UPDATE part SET state = %(state)s, next_try = %(next_try)s, note = %(code)s
WHERE plan = %(plan)s AND store = %(store)s;

-- name: add_receipt
-- What a finished case leaves.
INSERT INTO receipt (case_file, body, closed_at, event)
VALUES (%(case)s, %(body)s, %(at)s, currval(pg_get_serial_sequence('event', 'id')));

-- name: get_receipt
-- The receipt of a case.
SELECT body FROM receipt WHERE case_file = %(case)s;
