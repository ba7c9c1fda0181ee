-- What our own state holds about one person, and how it goes.

-- name: held
-- All rows about a person in one round trip, as lists; the words that are sealed are another statement's. Restrictions
-- are found through their slots, since the index of restrictions leaves out those that were lifted.
SELECT
    (SELECT coalesce(jsonb_agg(jsonb_build_array(
            event, kind, encode(lookup, 'hex'), proven, linked_at, unlinked_at) ORDER BY event), '[]')
        FROM link WHERE person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(residence, citizenship, birth_year)), '[]')
        FROM person WHERE id = %(person)s
            AND (residence IS NOT NULL OR citizenship IS NOT NULL OR birth_year IS NOT NULL)),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(name, yes, version, at, event, confirmed_at) ORDER BY name), '[]')
        FROM choice WHERE person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(
            event, purpose, channel, marketing, at, overruled_by IS NOT NULL) ORDER BY event), '[]')
        FROM objection WHERE person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(name, since) ORDER BY name), '[]')
        FROM relationship WHERE person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(restriction.event, elements, open_to, ground, law, until,
            lifted_by IS NOT NULL, event.at) ORDER BY restriction.event), '[]')
        FROM slot JOIN restriction ON restriction.event = slot.event JOIN event ON event.id = slot.event
        WHERE subject = %(person)s AND number = 0 AND person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(id, asked, state, opened_at, due, ends, closed_at)
            ORDER BY opened_at, id), '[]')
        FROM case_file LEFT JOIN receipt ON receipt.case_file = case_file.id WHERE person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(event, name, at) ORDER BY event), '[]')
        FROM happened WHERE person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(event, kind, ref, opened_at, closed_at) ORDER BY event), '[]')
        FROM matter WHERE person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(version, way, state, at) ORDER BY at, version), '[]')
        FROM notice_told WHERE person = %(person)s),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(
            event, operation, purpose, channel, recipient, destination, elements, at) ORDER BY event), '[]')
        FROM release WHERE person = %(person)s);

-- name: words
-- What is left of a person's words: every slot of theirs that has its bytes, and the bytes of some classes.
SELECT slot.event, event.at, event.kind, uid, number, retain, year, key_id,
    CASE WHEN retain = ANY(%(opened)s) THEN sealed END
FROM slot JOIN event ON event.id = slot.event
WHERE subject = %(person)s AND sealed IS NOT NULL ORDER BY retain, year, slot.event, number;

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
-- Forget residence, citizenship and year of birth.
UPDATE person SET residence = NULL, citizenship = NULL, birth_year = NULL WHERE id = %(person)s;

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

-- name: erase_happened
-- What happened to them, by event.
DELETE FROM happened WHERE person = %(person)s AND event = ANY(%(events)s);

-- name: erase_matters
-- Matters by event.
DELETE FROM matter WHERE person = %(person)s AND event = ANY(%(events)s);

-- name: erase_told
-- Notices that reached them, by version.
DELETE FROM notice_told WHERE person = %(person)s AND version = ANY(%(names)s);

-- name: erase_releases
-- What left the house about them, by event. The same release about others stays theirs.
DELETE FROM release WHERE person = %(person)s AND event = ANY(%(events)s);

-- name: erase_suppressions
-- A no by its event and scope.
DELETE FROM suppression
WHERE (event, scope) IN (SELECT * FROM unnest(%(events)s::bigint[], %(scopes)s::text[]));

-- name: let_go_of_cases
-- A closed case stays as a number and its steps, nobody's.
UPDATE case_file SET person = NULL WHERE person = %(person)s AND id = ANY(%(cases)s) AND state = 'closed';
