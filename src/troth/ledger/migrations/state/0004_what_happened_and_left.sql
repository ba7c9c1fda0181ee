-- before the code
-- What the gate learns to read: citizenship, what happened to a person, matters open about them, notices that reached
-- them, what left the house about them; a choice confirmed, an objection overruled.
ALTER TABLE person ADD COLUMN citizenship text;
ALTER TABLE person ADD COLUMN newest bigint NOT NULL DEFAULT 0;
UPDATE person SET newest = (SELECT coalesce(max(event), 0) FROM slot WHERE subject = person.id);
ALTER TABLE choice ADD COLUMN confirmed_at timestamptz;
ALTER TABLE objection ADD COLUMN overruled_by bigint REFERENCES event;
ALTER TABLE objection ADD CONSTRAINT objection_marketing_stands CHECK (NOT (marketing AND overruled_by IS NOT NULL));

-- Declared events that happened to a person, each time they did.
CREATE TABLE happened (
    event bigint PRIMARY KEY REFERENCES event,
    person text NOT NULL REFERENCES person,
    name text NOT NULL,
    at timestamptz NOT NULL                     -- when it happened, which may be before it was written down
);
CREATE INDEX happened_person ON happened (person, name, at);

-- Matters that are or were open about a person.
CREATE TABLE matter (
    event bigint PRIMARY KEY REFERENCES event,
    person text NOT NULL REFERENCES person,
    kind text NOT NULL,
    ref text NOT NULL,                          -- which one of its kind: the id of a case, or empty
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE UNIQUE INDEX matter_open_once ON matter (person, kind, ref) WHERE closed_at IS NULL;
CREATE INDEX matter_person ON matter (person);

-- Policy versions whose notice reached a person.
CREATE TABLE notice_told (
    person text NOT NULL REFERENCES person,
    version text NOT NULL,
    at timestamptz NOT NULL,
    event bigint NOT NULL REFERENCES event,
    PRIMARY KEY (person, version)
);

-- What left the house about a person: one row for each of them in one release.
CREATE TABLE release (
    event bigint NOT NULL REFERENCES event,
    person text NOT NULL REFERENCES person,
    operation text NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    recipient text NOT NULL,
    destination text NOT NULL,
    elements text[] NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (person, event)
);
CREATE INDEX release_event ON release (event);

-- Releases that were noted while this database did not answer, by the id of their note: each is taken over once.
CREATE TABLE handed_in (
    note text PRIMARY KEY,
    event bigint NOT NULL REFERENCES event
);
