-- Keys of programs that ask over HTTP.

-- name: add_key
-- A key, by its digest.
INSERT INTO access_key (id, name, digest, purposes, operations, rate, made_at, event)
VALUES (%(id)s, %(name)s, %(digest)s, %(purposes)s, %(operations)s, %(rate)s, %(at)s, %(event)s);

-- name: end_keys
-- End the keys of a program at a moment; one that ends earlier stays so.
UPDATE access_key SET ends_at = %(ends)s
WHERE name = %(name)s AND (ends_at IS NULL OR ends_at > %(ends)s) RETURNING id;

-- name: live_keys
-- The keys that count at a moment, oldest first.
SELECT id, name, digest, purposes, operations, rate, ends_at FROM access_key
WHERE ends_at IS NULL OR ends_at > %(at)s ORDER BY made_at, id;
