-- before the code
-- The vault: random keys of (subject, retention class, year), wrapped by a key that is in no database. A database of its
-- own, so that its backups can have a short window of their own: a key is unrecoverable once that window has passed.
CREATE TABLE class_key (
    key_id text PRIMARY KEY,
    subject text NOT NULL,
    retain text NOT NULL,
    year smallint NOT NULL,
    wrapped_by text,
    wrapped bytea,
    created_at timestamptz NOT NULL,
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE UNIQUE INDEX class_key_living ON class_key (subject, retain, year) WHERE destroyed_at IS NULL;
