-- Persons, links and the facts the gate reads.

-- name: add_person
-- A new person, of whom this session's last event speaks.
INSERT INTO person (id, event, newest)
SELECT %(person)s, made, made FROM currval(pg_get_serial_sequence('event', 'id')) AS made;

-- name: lock_lookup
-- Whoever links the same value waits, so that two links of one value see each other.
SELECT pg_advisory_xact_lock(hashtextextended(encode(%(lookup)s::bytea, 'hex'), 0));

-- name: links_of_values
-- Who is linked to some values now, a proven link first, and whether its words were erased since.
SELECT lookup, person, proven, event, EXISTS (SELECT FROM slot WHERE slot.event = link.event AND number = 0 AND sealed IS NULL)
FROM link WHERE lookup = ANY(%(lookups)s::bytea[]) AND unlinked_at IS NULL ORDER BY proven DESC, event;

-- name: add_links
-- Tie values to a person.
INSERT INTO link (event, person, kind, lookup, key_id, normaliser, proven, linked_at)
SELECT event, %(person)s, kind, lookup, key_id, normaliser, proven, %(at)s
FROM unnest(
    %(events)s::bigint[], %(kinds)s::text[], %(lookups)s::bytea[], %(keys)s::text[], %(normalisers)s::smallint[],
    %(proven)s::boolean[]
) AS one (event, kind, lookup, key_id, normaliser, proven);

-- name: end_link
-- Take a link back; the row stays as history.
UPDATE link SET unlinked_at = %(at)s, unlinked_by = %(by)s
WHERE person = %(person)s AND lookup = %(lookup)s AND unlinked_at IS NULL RETURNING event;

-- name: links_of_person
-- The links a person has now, with the sealed slot that holds each value.
SELECT link.kind, proven, event.uid, slot.number, retain, year, slot.key_id, sealed FROM link
JOIN event ON event.id = link.event JOIN slot ON slot.event = link.event AND slot.number = 0
WHERE person = %(person)s AND unlinked_at IS NULL ORDER BY link.event;

-- name: facts
-- All facts of some persons in one round trip; no row for a person we do not know. Of messages, the newest hundred of
-- each purpose and channel: more than any policy counts.
SELECT person.id, person.residence, person.birth_year, person.erased, person.citizenship,
    (SELECT coalesce(max(position) + 1, 0) FROM event),
    (SELECT coalesce(jsonb_object_agg(name, since), '{}') FROM relationship WHERE relationship.person = person.id),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(name, yes, version, at, event, confirmed_at IS NOT NULL)), '[]')
        FROM choice WHERE choice.person = person.id),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(
            purpose, channel, marketing, at, event, overruled_by IS NOT NULL) ORDER BY event), '[]')
        FROM objection WHERE objection.person = person.id),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(elements, open_to, ground, law, until, event) ORDER BY event), '[]')
        FROM restriction WHERE restriction.person = person.id AND lifted_by IS NULL),
    (SELECT coalesce(jsonb_object_agg(name, newest), '{}')
        FROM (SELECT name, max(at) AS newest FROM happened WHERE happened.person = person.id GROUP BY name) AS h),
    (SELECT coalesce(array_agg(DISTINCT kind), '{}') FROM matter WHERE matter.person = person.id AND closed_at IS NULL),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(purpose, channel, at) ORDER BY at, event), '[]')
        FROM (SELECT *, row_number() OVER (PARTITION BY purpose, channel ORDER BY at DESC, event DESC) AS n
            FROM release WHERE release.person = person.id AND operation = 'send') AS r WHERE n <= 100),
    (SELECT coalesce(array_agg(version), '{}') FROM notice_told
        WHERE notice_told.person = person.id AND state IN ('accepted', 'reached')),
    newest
FROM person WHERE person.id = ANY(%(persons)s::text[]);

-- name: person_exists
-- Whether we know the person; holds the row until the end of the transaction.
SELECT FROM person WHERE id = %(person)s FOR UPDATE;

-- name: size
-- How many events have a position.
SELECT coalesce(max(position) + 1, 0) FROM event;

-- name: newest
-- The newest fact of these persons.
UPDATE person SET newest = %(event)s WHERE id = ANY(%(people)s);

-- name: said_of
-- What the ledger keeps of a person's facts, up to an event, a position or a moment, in the order of the events.
SELECT event.id, kind, at, envelope, uid, number, retain, year, key_id, sealed
FROM slot JOIN event ON event.id = slot.event
WHERE subject = %(person)s AND kind = ANY(%(kinds)s)
    AND (%(event)s::bigint IS NULL OR event.id <= %(event)s::bigint)
    AND (%(position)s::bigint IS NULL OR position < %(position)s::bigint)
    AND (%(moment)s::timestamptz IS NULL OR at <= %(moment)s::timestamptz)
ORDER BY event.id;

-- name: begin_relationship
-- The relationship holds.
INSERT INTO relationship (person, name, since, event) VALUES (%(person)s, %(name)s, %(at)s, %(event)s)
ON CONFLICT (person, name) DO NOTHING;

-- name: end_relationship
-- It holds no more.
DELETE FROM relationship WHERE person = %(person)s AND name = %(name)s;

-- name: choose
-- What a person last said.
INSERT INTO choice (person, name, yes, version, at, event)
VALUES (%(person)s, %(name)s, %(yes)s, %(version)s, %(at)s, %(event)s)
ON CONFLICT (person, name) DO UPDATE SET yes = excluded.yes, version = excluded.version, at = excluded.at,
    event = excluded.event, confirmed_at = NULL;

-- name: choice_of
-- What a person last said to a choice.
SELECT yes, version, confirmed_at IS NOT NULL FROM choice WHERE person = %(person)s AND name = %(choice)s;

-- name: confirm
-- The message to their address was answered.
UPDATE choice SET confirmed_at = %(at)s WHERE person = %(person)s AND name = %(name)s;

-- name: object
-- An objection, kept as a rule.
INSERT INTO objection (event, person, purpose, channel, marketing, at)
VALUES (%(event)s, %(person)s, %(purpose)s, %(channel)s, %(marketing)s, %(at)s);

-- name: objection_stands
-- An objection of this person that nobody overruled.
SELECT marketing FROM objection
WHERE person = %(person)s AND event = %(objection)s AND overruled_by IS NULL FOR UPDATE;

-- name: overrule
-- Somebody of the office decided against an objection.
UPDATE objection SET overruled_by = %(by)s WHERE person = %(person)s AND event = %(objection)s;

-- name: restrict
-- Close data but for some purposes; the two lists of each rule come as JSON, since arrays of arrays are all of one size.
INSERT INTO restriction (event, person, elements, open_to, ground, law, until)
SELECT event, %(person)s, ARRAY(SELECT jsonb_array_elements_text(elements)),
    ARRAY(SELECT jsonb_array_elements_text(open_to)), ground, law, until
FROM unnest(
    %(events)s::bigint[], %(elements)s::jsonb[], %(open_to)s::jsonb[], %(grounds)s::text[], %(laws)s::text[],
    %(untils)s::date[]
) AS rule (event, elements, open_to, ground, law, until);

-- name: lift
-- End a restriction.
UPDATE restriction SET lifted_by = %(by)s
WHERE person = %(person)s AND event = %(restriction)s AND lifted_by IS NULL;

-- name: restriction_stands
-- Whether a restriction of this person stands.
SELECT FROM restriction WHERE person = %(person)s AND event = %(restriction)s AND lifted_by IS NULL FOR UPDATE;

-- name: restricted
-- People with a restriction that stands without an end.
SELECT DISTINCT person FROM restriction WHERE lifted_by IS NULL AND until IS NULL ORDER BY person;

-- name: learn
-- Residence, citizenship and year of birth; null leaves as is.
UPDATE person SET residence = coalesce(%(residence)s, residence), citizenship = coalesce(%(citizenship)s, citizenship),
    birth_year = coalesce(%(birth_year)s, birth_year)
WHERE id = %(person)s;

-- name: mark_erased
-- Only retained data remain.
UPDATE person SET erased = true, residence = NULL, citizenship = NULL, birth_year = NULL WHERE id = %(person)s;

-- name: happen
-- A declared event happened to them.
INSERT INTO happened (event, person, name, at) VALUES (%(event)s, %(person)s, %(name)s, %(on)s);

-- name: matter_is_open
-- Whether this matter is open about them.
SELECT FROM matter WHERE person = %(person)s AND kind = %(kind)s AND ref = %(ref)s AND closed_at IS NULL;

-- name: open_matter
-- A matter is open about them.
INSERT INTO matter (event, person, kind, ref, opened_at)
VALUES (%(event)s, %(person)s, %(kind)s, %(ref)s, %(at)s);

-- name: close_matter
-- It is over.
UPDATE matter SET closed_at = %(at)s
WHERE person = %(person)s AND kind = %(kind)s AND ref = %(ref)s AND closed_at IS NULL;

-- name: hold_people
-- Hold the rows of several persons, in one order, until the end of the transaction; who of them we know.
SELECT id FROM person WHERE id = ANY(%(people)s) ORDER BY id FOR UPDATE;

-- name: release
-- What left the house, one row for each person concerned.
INSERT INTO release (event, person, operation, purpose, channel, recipient, destination, elements, at)
SELECT %(event)s, person, %(operation)s, %(purpose)s, %(channel)s, %(recipient)s, %(destination)s, %(elements)s, %(at)s
FROM unnest(%(people)s::text[]) AS person;

-- name: releases_of
-- What left the house about a person, oldest first.
SELECT event, operation, purpose, channel, recipient, destination, elements, at FROM release
WHERE person = %(person)s ORDER BY at, event;

-- name: hand_in
-- Take a note over; no row comes back when that was done before.
INSERT INTO handed_in (note, event) VALUES (%(note)s, %(event)s) ON CONFLICT DO NOTHING RETURNING note;

-- name: was_handed_in
-- Whether a note was taken over.
SELECT event FROM handed_in WHERE note = %(note)s;
