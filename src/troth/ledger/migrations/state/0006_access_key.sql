-- before the code
-- Keys of programs that ask over HTTP: of a key only its digest, so whoever reads this table cannot ask.
CREATE TABLE access_key (
    id text PRIMARY KEY,
    name text NOT NULL,                         -- which program; several rows while one key follows another
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    purposes text[] NOT NULL,
    operations text[] NOT NULL,
    rate integer NOT NULL CHECK (rate > 0),     -- answers a second
    made_at timestamptz NOT NULL,
    ends_at timestamptz,                        -- null: until somebody ends it
    event bigint NOT NULL REFERENCES event
);
CREATE INDEX access_key_name ON access_key (name);
