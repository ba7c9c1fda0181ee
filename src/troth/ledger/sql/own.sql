-- What our own state holds about one person, and how it goes.

-- name: links
-- Identifiers whose value can still be read.
SELECT link.event, kind, proven, linked_at, unlinked_at FROM link
JOIN slot ON slot.event = link.event AND slot.number = 0
WHERE person = %(person)s AND sealed IS NOT NULL ORDER BY link.event;

-- name: lookups
-- Keyed hashes by which the person is found again.
SELECT event, kind, encode(lookup, 'hex'), linked_at FROM link
WHERE person = %(person)s AND proven AND unlinked_at IS NULL AND kind <> ALL(%(decisions)s) ORDER BY event;

-- name: learned
-- Residence and year of birth, where we know one.
SELECT residence, birth_year FROM person
WHERE id = %(person)s AND (residence IS NOT NULL OR birth_year IS NOT NULL);

-- name: choices
-- What the person last said to each choice.
SELECT name, yes, version, at, event FROM choice WHERE person = %(person)s ORDER BY name;

-- name: objections
-- Objections as rules.
SELECT event, purpose, channel, marketing, at FROM objection WHERE person = %(person)s ORDER BY event;

-- name: relationships
-- Why we know the person.
SELECT name, since FROM relationship WHERE person = %(person)s ORDER BY name;

-- name: restrictions
-- What is closed, or was.
SELECT restriction.event, elements, open_to, ground, law, until, lifted_by IS NOT NULL, event.at
FROM restriction JOIN event ON event.id = restriction.event WHERE person = %(person)s ORDER BY restriction.event;

-- name: case_files
-- Requests.
SELECT id, asked, state, opened_at, due, ends, closed_at FROM case_file
LEFT JOIN receipt ON receipt.case_file = case_file.id WHERE person = %(person)s ORDER BY opened_at, id;

-- name: classes
-- Words in the ledger, by retention class and year.
SELECT retain, year, count(*) FROM slot WHERE subject = %(person)s AND sealed IS NOT NULL
GROUP BY retain, year ORDER BY retain, year;

-- name: events_of_class
-- The events behind one class and year.
SELECT slot.event, slot.number, event.at, event.kind FROM slot JOIN event ON event.id = slot.event
WHERE subject = %(person)s AND retain = %(retain)s AND year = %(year)s AND sealed IS NOT NULL
ORDER BY event.id, slot.number;

-- name: suppressions
-- Every no that stands under these hashes.
SELECT suppression.event, scope, ends, event.at FROM suppression JOIN event ON event.id = suppression.event
WHERE lookup = ANY(%(lookups)s) ORDER BY suppression.event, scope;

-- name: erase_links
-- Links go; a proven one that stands keeps its hash, which is a row of its own.
DELETE FROM link WHERE person = %(person)s AND event = ANY(%(events)s)
AND NOT (proven AND unlinked_at IS NULL AND kind <> ALL(%(decisions)s));

-- name: erase_lookups
-- Hashes go, and with them the way back to the person.
DELETE FROM link WHERE person = %(person)s AND event = ANY(%(events)s);

-- name: erase_learned
-- Forget residence and year of birth.
UPDATE person SET residence = NULL, birth_year = NULL WHERE id = %(person)s;

-- name: erase_choices
-- Choices by name.
DELETE FROM choice WHERE person = %(person)s AND name = ANY(%(names)s);

-- name: erase_relationships
-- Relationships by name.
DELETE FROM relationship WHERE person = %(person)s AND name = ANY(%(names)s);

-- name: erase_objections
-- Objections by event.
DELETE FROM objection WHERE person = %(person)s AND event = ANY(%(events)s);

-- name: erase_restrictions
-- Restrictions by event.
DELETE FROM restriction WHERE person = %(person)s AND event = ANY(%(events)s);

-- name: erase_suppressions
-- A no by its event and scope.
DELETE FROM suppression
WHERE (event, scope) IN (SELECT * FROM unnest(%(events)s::bigint[], %(scopes)s::text[]));

-- name: let_go_of_cases
-- A closed case stays as a number and its steps, nobody's.
UPDATE case_file SET person = NULL WHERE person = %(person)s AND id = ANY(%(cases)s) AND state = 'closed';
