-- Persons, links and the facts the gate reads.

-- name: add_person
-- A new person.
INSERT INTO person (id, event) VALUES (%(person)s, %(event)s);

-- name: lock_lookup
-- Whoever links the same value waits, so that two links of one value see each other.
SELECT pg_advisory_xact_lock(hashtextextended(encode(%(lookup)s::bytea, 'hex'), 0));

-- name: links_of_value
-- Who is linked to a value now, a proven link first, and whether its words were erased since.
SELECT person, proven, event, EXISTS (SELECT FROM slot WHERE slot.event = link.event AND number = 0 AND sealed IS NULL)
FROM link WHERE lookup = %(lookup)s AND unlinked_at IS NULL ORDER BY proven DESC, event;

-- name: add_link
-- Tie a value to a person.
INSERT INTO link (event, person, kind, lookup, key_id, normaliser, proven, linked_at)
VALUES (%(event)s, %(person)s, %(kind)s, %(lookup)s, %(key_id)s, %(normaliser)s, %(proven)s, %(at)s);

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
-- All facts of some persons in one round trip; no row for a person we do not know.
SELECT person.id, person.residence, person.birth_year, person.erased,
    (SELECT coalesce(max(position) + 1, 0) FROM event),
    (SELECT coalesce(array_agg(name), '{}') FROM relationship WHERE person = person.id),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(name, yes, version, at, event)), '[]')
        FROM choice WHERE choice.person = person.id),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(purpose, channel, marketing, at, event) ORDER BY event), '[]')
        FROM objection WHERE objection.person = person.id),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(elements, open_to, ground, law, until, event) ORDER BY event), '[]')
        FROM restriction WHERE restriction.person = person.id AND lifted_by IS NULL)
FROM person WHERE person.id = ANY(%(persons)s::text[]);

-- name: person_exists
-- Whether we know the person; holds the row until the end of the transaction.
SELECT FROM person WHERE id = %(person)s FOR UPDATE;

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
    event = excluded.event;

-- name: object
-- An objection, kept as a rule.
INSERT INTO objection (event, person, purpose, channel, marketing, at)
VALUES (%(event)s, %(person)s, %(purpose)s, %(channel)s, %(marketing)s, %(at)s);

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

-- name: learn
-- Residence and year of birth; null leaves as is.
UPDATE person SET residence = coalesce(%(residence)s, residence), birth_year = coalesce(%(birth_year)s, birth_year)
WHERE id = %(person)s;

-- name: mark_erased
-- Only retained data remain.
UPDATE person SET erased = true, residence = NULL, birth_year = NULL WHERE id = %(person)s;
