-- Larkwing Air, store `loyalty` (a PostgreSQL database of its own): Larkwing Circle, members and their points.
--
-- Everybody in here is invented. `TRAP` marks what careless erasure or access gets wrong; docs/sample-airline.md
-- tells each story. Keys between tables and indexes stand in a second part, created after the rows are loaded.

CREATE TABLE household (
    household_id   bigint PRIMARY KEY,
    name           text NOT NULL,
    -- TRAP: household -> member and member -> household, a ring of keys. Empty while a household waits for a new main.
    main_member_id bigint,
    opened_on      date NOT NULL
);

CREATE TABLE member (
    member_id        bigint PRIMARY KEY,
    member_number    text NOT NULL UNIQUE CHECK (member_number ~ '^LW[0-9]{9}$'),
    -- The same person in `bookings`; no key can hold across databases. NULL: never linked.
    customer_number  text UNIQUE,
    -- TRAP: members give an address of their own, so one person is known by two.
    email            text NOT NULL UNIQUE CHECK (email LIKE '%_@_%' AND email = lower(email)),
    full_name        text NOT NULL,
    date_of_birth    date NOT NULL,
    phone            text,
    household_id     bigint,
    tier             text NOT NULL CHECK (tier IN ('sand', 'heath', 'summit')),
    points_balance   bigint NOT NULL CHECK (points_balance >= 0),
    stated_interests text,
    joined_on        date NOT NULL
);

CREATE TABLE points_entry (
    entry_id  bigint PRIMARY KEY,
    member_id bigint NOT NULL,
    booked_on date NOT NULL,
    points    integer NOT NULL,
    reason    text NOT NULL,
    -- A booking in the other database, by its locator.
    locator   text
);

CREATE TABLE tier_history (
    member_id  bigint NOT NULL,
    valid_from date NOT NULL,
    tier       text NOT NULL,
    PRIMARY KEY (member_id, valid_from)
);

-- What hotels, car hire and the other airline report.
CREATE TABLE partner_accrual (
    partner_code      text NOT NULL,
    partner_reference text NOT NULL,
    -- TRAP: refers to a unique column that is not the primary key.
    member_number     text NOT NULL,
    received_on       date NOT NULL,
    activity          text NOT NULL,
    points            integer NOT NULL,
    PRIMARY KEY (partner_code, partner_reference)
);

-- TRAP: no primary key, and some rows stand in here twice, exactly alike.
CREATE TABLE import_row (
    file_name     text NOT NULL,
    received_on   date NOT NULL,
    member_number text,
    email         text,
    raw_line      text NOT NULL
);

-- == after the rows ==

-- TRAP: checked at commit, so a broken ring is an error of the commit and not of the statement that broke it.
ALTER TABLE household ADD FOREIGN KEY (main_member_id) REFERENCES member DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE member ADD FOREIGN KEY (household_id) REFERENCES household;
ALTER TABLE points_entry ADD FOREIGN KEY (member_id) REFERENCES member;
-- The one cascade of the house, and an honest one: it reaches the member's own rows and nobody else's.
ALTER TABLE tier_history ADD FOREIGN KEY (member_id) REFERENCES member ON DELETE CASCADE;
ALTER TABLE partner_accrual ADD FOREIGN KEY (member_number) REFERENCES member (member_number);

CREATE INDEX household_main_member ON household (main_member_id);
CREATE INDEX member_household ON member (household_id);
CREATE INDEX points_entry_member ON points_entry (member_id);
CREATE INDEX partner_accrual_member ON partner_accrual (member_number);
CREATE INDEX import_row_member ON import_row (member_number);
CREATE INDEX import_row_email ON import_row (lower(email));
