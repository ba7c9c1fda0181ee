-- What a process reads that keeps its own view of people. Every statement is one snapshot.

-- name: look
-- Size, policy in force and until when the gate only watches, with each event that was placed since, or that has no position and was not given before.
-- An event is in one of the two whenever it commits, so none is missed, however long its transaction was open.
WITH placed AS (
    SELECT id, position FROM event WHERE position >= %(size)s ORDER BY position LIMIT %(limit)s
), unplaced AS (
    SELECT id, position FROM event WHERE position IS NULL AND NOT id = ANY(%(pending)s::bigint[]) LIMIT %(limit)s
), fresh AS (SELECT * FROM placed UNION ALL SELECT * FROM unplaced)
SELECT head.size, head.policy, head.standby, head.migrations, head.observing, fresh.id, fresh.position,
    ARRAY(SELECT subject FROM slot WHERE slot.event = fresh.id)
FROM (
    SELECT (SELECT coalesce(max(position) + 1, 0) FROM event) AS size,
        (SELECT hash FROM policy_version WHERE effective_from <= %(at)s
            ORDER BY effective_from DESC, event DESC LIMIT 1) AS policy,
        pg_is_in_recovery() AS standby, (SELECT count(*) FROM migration) AS migrations,
        (SELECT value FROM setting WHERE name = 'observing') AS observing
) AS head LEFT JOIN fresh ON true;

-- name: settle
-- A follower that waits long is of no use to anybody.
SELECT set_config('search_path', %(schema)s, false), set_config('TimeZone', 'UTC', false),
    set_config('statement_timeout', %(wait)s, false), set_config('default_transaction_read_only', 'on', false);
