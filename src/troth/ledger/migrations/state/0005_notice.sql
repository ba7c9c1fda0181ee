-- before the code
-- What each version asks for before it governs a person, and how each person was told about it.
CREATE TABLE notice_change (
    version text PRIMARY KEY REFERENCES policy_version,
    starts timestamptz NOT NULL,                -- in force or published, whichever is later
    waits boolean NOT NULL,                     -- whom it concerns stays under the version before until reached
    message boolean NOT NULL,
    despite_objection boolean NOT NULL,
    relationships text[] NOT NULL,              -- whom it concerns; empty: everybody
    choices text[] NOT NULL,                    -- a yes to one of these under this version has met it
    event bigint NOT NULL REFERENCES event
);
ALTER TABLE notice_told ALTER COLUMN event DROP NOT NULL,
    ADD COLUMN way text NOT NULL DEFAULT 'shown',
    ADD COLUMN state text NOT NULL DEFAULT 'reached',
    ADD COLUMN why text NOT NULL DEFAULT '',
    ADD COLUMN mark text,
    ADD COLUMN first_at timestamptz,
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    ADD COLUMN counts_from timestamptz,
    ADD COLUMN counts_until timestamptz;
UPDATE notice_told SET first_at = at, counts_from = at;
CREATE UNIQUE INDEX notice_told_mark ON notice_told (mark) WHERE mark IS NOT NULL;
CREATE INDEX notice_told_state ON notice_told (version, state, why);

-- The version that governs each of some people at a moment, as it was known at another: the newest, or the one before
-- the first that waits, concerns them, and neither reached them nor a later one did. Who came after a version started
-- came under it.
CREATE FUNCTION governing(people text[], moment timestamptz, known timestamptz)
RETURNS TABLE (person text, version text) LANGUAGE sql STABLE AS $$
    WITH begun AS MATERIALIZED (
        SELECT hash, coalesce(waits, false) AS waits, starts, relationships,
            row_number() OVER (ORDER BY effective_from, policy_version.event) AS place
        FROM policy_version JOIN event ON event.id = policy_version.event
        LEFT JOIN notice_change ON notice_change.version = hash
        WHERE effective_from <= moment AND event.at <= known
    )
    SELECT who.id, begun.hash FROM unnest(people) AS who (id), begun
    WHERE begun.place = coalesce(
        (
            SELECT min(v.place) - 1 FROM begun v WHERE v.waits AND v.place > 1
                AND EXISTS (
                    SELECT FROM relationship r WHERE r.person = who.id AND r.since < v.starts
                        AND (v.relationships = '{}' OR r.name = ANY(v.relationships))
                )
                AND NOT EXISTS (
                    SELECT FROM notice_told t JOIN begun w ON w.hash = t.version
                    WHERE t.person = who.id AND w.place >= v.place AND t.counts_from <= moment
                        AND (t.counts_until IS NULL OR t.counts_until > moment)
                )
        ),
        (SELECT max(place) FROM begun)
    )
$$;
