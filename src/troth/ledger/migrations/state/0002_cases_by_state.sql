-- before the code
-- Cases are looked for by any states, so the index leads with the state.
DROP INDEX case_file_due;
CREATE INDEX case_file_state ON case_file (state, due, id);
