-- Troth's own state, as it stands after all migrations. Read this to know the tables; change them by a migration.
-- A test builds one database from this file and one from the migrations and compares their catalogs.
--
-- What may stand here in clear: random ids, codes, hashes, counts, dates. Words of a person stand sealed in `slot` only.
-- Vocabularies (states, kinds, verbs) are text, checked by the code that writes them; a new word needs no migration.

-- What happened. The envelope names nobody; `leaf` commits to it and to the slots.
CREATE TABLE event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint UNIQUE,                     -- null until the one sequencer has placed it, after commit
    uid text NOT NULL,                          -- random; binds sealed slots to their event
    kind text NOT NULL,
    at timestamptz NOT NULL,
    space text NOT NULL,
    policy text NOT NULL,
    envelope jsonb NOT NULL,
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32)
);
CREATE INDEX event_unplaced ON event (id) WHERE position IS NULL;
CREATE INDEX event_kind ON event (kind, position);
CREATE INDEX event_case ON event ((envelope ->> 'case'), position) WHERE envelope ? 'case';

-- The part of an event about one person. Erasing empties `sealed`; the commitment stays and verifies.
CREATE TABLE slot (
    event bigint NOT NULL REFERENCES event,
    number smallint NOT NULL,
    subject text NOT NULL,                      -- random person id, or staff:ID
    retain text NOT NULL,
    year smallint NOT NULL,
    key_id text NOT NULL,                       -- class key in the vault
    commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
    sealed bytea,
    PRIMARY KEY (event, number)
);
CREATE INDEX slot_subject ON slot (subject, retain, event);

-- Class keys that were or are being destroyed: nothing may be sealed under them any more.
CREATE TABLE gone_key (
    key_id text PRIMARY KEY,
    at timestamptz NOT NULL,
    destroyed_at timestamptz                   -- the vault has confirmed
);
CREATE INDEX gone_key_open ON gone_key (key_id) WHERE destroyed_at IS NULL;

-- Hashes of complete Merkle subtrees. Inserted once, never changed.
CREATE TABLE node (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, index)
);

CREATE TABLE checkpoint (
    size bigint PRIMARY KEY,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    note text NOT NULL,
    signed_at timestamptz NOT NULL
);

-- Which witness has which checkpoint.
CREATE TABLE delivery (
    size bigint NOT NULL REFERENCES checkpoint,
    witness text NOT NULL,
    delivered_at timestamptz NOT NULL,
    PRIMARY KEY (size, witness)
);

-- The log never changes its past: an event is placed once and never edited or deleted; of a slot only the bytes may go.
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION only_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.position IS NULL AND NEW.position IS NOT NULL
        AND (OLD.id, OLD.uid, OLD.kind, OLD.at, OLD.space, OLD.policy, OLD.envelope, OLD.leaf)
            = (NEW.id, NEW.uid, NEW.kind, NEW.at, NEW.space, NEW.policy, NEW.envelope, NEW.leaf) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION only_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sealed IS NULL
        AND (OLD.event, OLD.number, OLD.subject, OLD.retain, OLD.year, OLD.key_id, OLD.commitment)
            = (NEW.event, NEW.number, NEW.subject, NEW.retain, NEW.year, NEW.key_id, NEW.commitment) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER only_place BEFORE UPDATE ON event FOR EACH ROW EXECUTE FUNCTION only_place();
CREATE TRIGGER only_empty BEFORE UPDATE ON slot FOR EACH ROW EXECUTE FUNCTION only_empty();
CREATE TRIGGER no_update BEFORE UPDATE ON node FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON slot FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON node FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- Who somebody is: a random id and what the gate must know at once.
CREATE TABLE person (
    id text PRIMARY KEY,
    residence text,
    birth_year smallint,
    erased boolean NOT NULL DEFAULT false,
    event bigint NOT NULL REFERENCES event,
    citizenship text,
    newest bigint NOT NULL DEFAULT 0            -- event of the newest fact; those of one person commit in their order
);

-- An identifier tied to a person, found by a keyed hash; the value is in the slot of the event that linked it.
CREATE TABLE link (
    event bigint PRIMARY KEY REFERENCES event,
    person text NOT NULL REFERENCES person,
    kind text NOT NULL,
    lookup bytea NOT NULL,
    key_id text NOT NULL,                       -- link of the keyring's chain under which `lookup` stands
    normaliser smallint NOT NULL,
    proven boolean NOT NULL,
    linked_at timestamptz NOT NULL,
    unlinked_at timestamptz,
    unlinked_by bigint REFERENCES event
);
CREATE UNIQUE INDEX link_proves_one ON link (lookup) WHERE proven AND unlinked_at IS NULL;
CREATE UNIQUE INDEX link_once ON link (lookup, person) WHERE unlinked_at IS NULL;
CREATE INDEX link_person ON link (person);

-- What the gate reads about a person: facts, never verdicts.
CREATE TABLE relationship (
    person text NOT NULL REFERENCES person,
    name text NOT NULL,
    since timestamptz NOT NULL,
    event bigint NOT NULL REFERENCES event,
    PRIMARY KEY (person, name)
);
CREATE TABLE choice (
    person text NOT NULL REFERENCES person,
    name text NOT NULL,
    yes boolean NOT NULL,
    version integer NOT NULL,
    at timestamptz NOT NULL,
    event bigint NOT NULL REFERENCES event,
    confirmed_at timestamptz,                   -- the message to their address was answered
    PRIMARY KEY (person, name)
);
CREATE TABLE objection (
    event bigint PRIMARY KEY REFERENCES event,
    person text NOT NULL REFERENCES person,
    purpose text NOT NULL,
    channel text NOT NULL,
    marketing boolean NOT NULL,
    at timestamptz NOT NULL,
    overruled_by bigint REFERENCES event,
    CONSTRAINT objection_marketing_stands CHECK (NOT (marketing AND overruled_by IS NOT NULL))
);
CREATE INDEX objection_person ON objection (person);
CREATE TABLE restriction (
    event bigint PRIMARY KEY REFERENCES event,
    person text NOT NULL REFERENCES person,
    elements text[] NOT NULL,
    open_to text[] NOT NULL,
    ground text NOT NULL,
    law text NOT NULL,
    until date,
    lifted_by bigint REFERENCES event
);
CREATE INDEX restriction_person ON restriction (person) WHERE lifted_by IS NULL;

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

-- How each person was told about a policy version.
CREATE TABLE notice_told (
    person text NOT NULL REFERENCES person,
    version text NOT NULL,
    at timestamptz NOT NULL,                    -- of the last step
    event bigint REFERENCES event,
    way text NOT NULL DEFAULT 'shown',          -- message, fresh-choice, shown
    state text NOT NULL DEFAULT 'reached',      -- sending, later, accepted, bounced, no-way, reached
    why text NOT NULL DEFAULT '',
    mark text,                                  -- of the message: what came back is found by it
    first_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    counts_from timestamptz,
    counts_until timestamptz,
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

-- A request and its clock. `case` is a word of SQL, hence the name.
CREATE TABLE case_file (
    id text PRIMARY KEY,
    asked text NOT NULL,                        -- which right
    person text REFERENCES person,              -- null: nobody is known by what was given
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    due date NOT NULL,
    ends date NOT NULL,
    plan text NOT NULL DEFAULT ''
);
CREATE INDEX case_file_state ON case_file (state, due, id);
CREATE INDEX case_file_person ON case_file (person);

-- A plan under its hash. Its body may hold personal row keys: it is sealed in slot 0 of its event.
CREATE TABLE plan (
    hash text PRIMARY KEY,
    case_file text NOT NULL REFERENCES case_file,
    made_at timestamptz NOT NULL,
    event bigint NOT NULL REFERENCES event
);
CREATE INDEX plan_case ON plan (case_file);
CREATE TABLE approval (
    plan text PRIMARY KEY REFERENCES plan,
    signer text NOT NULL,
    role text NOT NULL,
    at text NOT NULL,                           -- exactly as signed
    signature text NOT NULL,
    public_key text NOT NULL,
    event bigint NOT NULL REFERENCES event
);

-- One store's part of a plan: intent, then the store's own transaction, then the outcome.
CREATE TABLE part (
    plan text NOT NULL REFERENCES plan,
    store text NOT NULL,
    fingerprint text NOT NULL,
    asynchronous boolean NOT NULL,
    state text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    intended_at timestamptz,
    settled_at timestamptz,
    next_try timestamptz,
    done text,
    note text NOT NULL DEFAULT '',
    PRIMARY KEY (plan, store)
);
CREATE TABLE effect_count (
    plan text NOT NULL,
    store text NOT NULL,
    number integer NOT NULL,
    changed bigint NOT NULL,
    otherwise bigint NOT NULL,
    PRIMARY KEY (plan, store, number),
    FOREIGN KEY (plan, store) REFERENCES part
);
CREATE TABLE receipt (
    case_file text PRIMARY KEY REFERENCES case_file,
    body jsonb NOT NULL,
    closed_at timestamptz NOT NULL,
    event bigint NOT NULL REFERENCES event
);

-- Dated work. The truth about what is to be done; alarms only wake workers.
CREATE TABLE due (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    ref text NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL,                        -- open, taken, done, given-up, cancelled
    next_at timestamptz NOT NULL,               -- `at`, later after a failure
    tries integer NOT NULL DEFAULT 0,
    taken_at timestamptz,
    taken_by text,
    lease_until timestamptz,
    ended_at timestamptz,
    note text NOT NULL DEFAULT '',
    UNIQUE (kind, ref, at)
);
CREATE INDEX due_open ON due (next_at, id) WHERE state = 'open';
CREATE INDEX due_taken ON due (lease_until) WHERE state = 'taken';
CREATE INDEX due_given_up ON due (id) WHERE state = 'given-up';

CREATE TABLE policy_version (
    hash text PRIMARY KEY,
    files jsonb NOT NULL,
    effective_from timestamptz NOT NULL,
    approved_by text NOT NULL,
    event bigint NOT NULL REFERENCES event
);

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

-- What must outlive an erasure, as keyed hashes with an end.
CREATE TABLE erased_row (
    lookup bytea PRIMARY KEY,                   -- of store, table and key
    key_id text NOT NULL,
    plan text NOT NULL,
    ends date NOT NULL
);
CREATE INDEX erased_row_ends ON erased_row (ends);

-- Who an erased row was, so that another row under the same key is told apart from it after a restore. A row has several
-- where several plans changed it, or where it stayed, written over.
CREATE TABLE row_was (
    lookup bytea NOT NULL,                      -- of store, table and key
    was bytea NOT NULL,                         -- of what told the row apart from a later one under the same key
    key_id text NOT NULL,
    ends date NOT NULL,
    PRIMARY KEY (lookup, was)
);
CREATE INDEX row_was_ends ON row_was (ends);

CREATE TABLE suppression (
    lookup bytea NOT NULL,                      -- of identifier kind and normal form
    scope text NOT NULL,
    key_id text NOT NULL,
    normaliser smallint NOT NULL,
    ends date,
    event bigint NOT NULL REFERENCES event,
    PRIMARY KEY (lookup, scope)
);
CREATE INDEX suppression_ends ON suppression (ends) WHERE ends IS NOT NULL;

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

-- One row for each switch, such as `paused`.
CREATE TABLE setting (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- Sets an alarm in the caller's transaction; the same alarm again changes nothing. The queue lives in schema `alarm`.
CREATE FUNCTION ring_alarm(queue text, task text, ref text, ring_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SET search_path = alarm AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        queue, task, 0, NULL,
        task || ':' || ref || ':' || extract(epoch FROM ring_at)::text,
        jsonb_build_object('ref', ref), ring_at
    )::procrastinate_job_to_defer_v1]);
    RETURN true;
EXCEPTION WHEN unique_violation THEN
    RETURN false;
END $$;
