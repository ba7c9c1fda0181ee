-- Which version of the notice governs whom, and how each was told.

-- name: follow
-- What a version asks for, once.
INSERT INTO notice_change (version, starts, waits, message, despite_objection, relationships, choices, event)
VALUES (%(version)s, %(starts)s, %(waits)s, %(message)s, %(despite_objection)s, %(relationships)s, %(choices)s,
    %(event)s);

-- name: followed
-- What a version asks for.
SELECT version, starts, waits, message, despite_objection, relationships, choices FROM notice_change
WHERE version = %(version)s;

-- name: governing
-- The version that governs each person at a moment, as it was known at another.
SELECT person, version FROM governing(%(people)s, %(at)s, %(known)s);

-- name: moments
-- When the version that governs a person may have changed, and when they first came.
SELECT (SELECT min(since) FROM relationship WHERE person = %(person)s), array(
    SELECT greatest(effective_from, event.at) FROM policy_version JOIN event ON event.id = policy_version.event
    UNION SELECT counts_from FROM notice_told WHERE person = %(person)s AND counts_from IS NOT NULL
    UNION SELECT counts_until FROM notice_told WHERE person = %(person)s AND counts_until IS NOT NULL
    ORDER BY 1
);

-- name: tried
-- How a person was told about versions.
SELECT version, way, state, at, why, counts_from, counts_until FROM notice_told
WHERE person = %(person)s ORDER BY at, version;

-- name: to_tell
-- Who is still to be written to about a version: those it concerns who came before it, and were not told.
SELECT who.person, coalesce(g.version, ''), coalesce(t.state = 'sending', false), coalesce(t.tries, 0), t.first_at
FROM (
    SELECT DISTINCT r.person FROM notice_change c
    JOIN relationship r ON r.since < c.starts AND (c.relationships = '{}' OR r.name = ANY(c.relationships))
    WHERE c.version = %(version)s AND c.message AND r.person > %(after)s
        AND NOT EXISTS (SELECT FROM person WHERE person.id = r.person AND erased)
        AND NOT EXISTS (
            SELECT FROM notice_told t WHERE t.person = r.person AND t.version = c.version
                AND t.state NOT IN ('sending', 'later')
        )
    ORDER BY r.person LIMIT %(limit)s
) AS who
LEFT JOIN LATERAL governing(ARRAY[who.person], %(at)s, %(at)s) AS g ON true
LEFT JOIN notice_told t ON t.person = who.person AND t.version = %(version)s
ORDER BY who.person;

-- name: intend
-- About to be written to.
INSERT INTO notice_told (person, version, way, state, mark, at, first_at, tries)
SELECT person, %(version)s, 'message', 'sending', mark, %(at)s, %(at)s, 1
FROM unnest(%(people)s::text[], %(marks)s::text[]) AS new (person, mark)
ON CONFLICT (person, version) DO UPDATE SET state = 'sending', at = excluded.at, tries = notice_told.tries + 1
WHERE notice_told.state IN ('sending', 'later');

-- name: ended
-- Whom it reached, or failed to, meanwhile; holds their rows.
SELECT person FROM notice_told WHERE version = %(version)s AND person = ANY(%(people)s)
AND state NOT IN ('sending', 'later') FOR UPDATE;

-- name: settle
-- What became of messages.
INSERT INTO notice_told (person, version, way, state, why, at, first_at, counts_from, event)
SELECT person, %(version)s, 'message', state, why, %(at)s, %(at)s, counts_from, event
FROM unnest(%(people)s::text[], %(states)s::text[], %(whys)s::text[], %(froms)s::timestamptz[], %(events)s::bigint[])
    AS new (person, state, why, counts_from, event)
ON CONFLICT (person, version) DO UPDATE SET state = excluded.state, why = excluded.why, at = excluded.at,
    counts_from = excluded.counts_from, event = coalesce(excluded.event, notice_told.event)
WHERE notice_told.state IN ('sending', 'later');

-- name: reach
-- Reached by another way than a message, now.
INSERT INTO notice_told (person, version, way, state, at, first_at, counts_from, event)
VALUES (%(person)s, %(version)s, %(way)s, 'reached', %(at)s, %(at)s, %(at)s, %(event)s)
ON CONFLICT (person, version) DO UPDATE SET way = excluded.way, state = 'reached', why = '', at = excluded.at,
    counts_from = excluded.at, counts_until = NULL, event = excluded.event;

-- name: reached
-- Whether a version has reached a person and counts now.
SELECT FROM notice_told WHERE person = %(person)s AND version = %(version)s
AND counts_from <= %(at)s AND counts_until IS NULL FOR UPDATE;

-- name: bounce
-- It came back: what counted until now counts no longer, what did not count yet never will.
UPDATE notice_told SET state = 'bounced', why = %(why)s, at = %(at)s, event = %(event)s,
    counts_from = CASE WHEN counts_from < %(at)s THEN counts_from END,
    counts_until = CASE WHEN counts_from < %(at)s THEN %(at)s::timestamptz END
WHERE person = %(person)s AND version = %(version)s AND way = 'message' AND state = 'accepted';

-- name: accepted
-- Whether a message was accepted for a person and has not come back; holds the row.
SELECT FROM notice_told WHERE person = %(person)s AND version = %(version)s
AND way = 'message' AND state = 'accepted' FOR UPDATE;

-- name: marked
-- Whose message it was.
SELECT version, person FROM notice_told WHERE mark = %(mark)s;

-- name: standing
-- How telling about a version stands.
SELECT state, why, count(*) FROM notice_told WHERE version = %(version)s GROUP BY state, why
UNION ALL
SELECT 'open', '', count(DISTINCT r.person) FROM notice_change c
JOIN relationship r ON r.since < c.starts AND (c.relationships = '{}' OR r.name = ANY(c.relationships))
WHERE c.version = %(version)s AND c.message
    AND NOT EXISTS (SELECT FROM person WHERE person.id = r.person AND erased)
    AND NOT EXISTS (SELECT FROM notice_told t WHERE t.person = r.person AND t.version = c.version);

-- name: stuck
-- Whom a message did not reach.
SELECT person, why FROM notice_told WHERE version = %(version)s AND state IN ('bounced', 'no-way')
ORDER BY person LIMIT %(limit)s;

-- name: newest
-- The newest fact of each of some people.
UPDATE person SET newest = new.event FROM unnest(%(people)s::text[], %(events)s::bigint[]) AS new (person, event)
WHERE person.id = new.person;
