-- before the code
-- Who an erased row was, so that another row under the same key is told apart from it after a restore.
CREATE TABLE row_was (
    lookup bytea NOT NULL,                      -- of store, table and key
    was bytea NOT NULL,                         -- of what told the row apart from a later one under the same key
    key_id text NOT NULL,
    ends date NOT NULL,
    PRIMARY KEY (lookup, was)
);
CREATE INDEX row_was_ends ON row_was (ends);
