-- Larkwing Air, store `website` (SQLite): accounts, cookies, searches, newsletter, choices, contact form.
--
-- Everybody in here is invented. `TRAP` marks what careless erasure or access gets wrong; docs/sample-airline.md
-- tells each story. SQLite checks foreign keys only for a connection that asks: PRAGMA foreign_keys = ON.
-- website.mariadb.sql has the same tables and columns.

CREATE TABLE account (
    account_id      INTEGER PRIMARY KEY,
    -- The same person in `bookings`. NULL: an account that has never booked.
    customer_number TEXT UNIQUE,
    -- TRAP: two addresses that differ in capitals only are one account here and two texts elsewhere.
    email           TEXT NOT NULL UNIQUE COLLATE NOCASE,
    display_name    TEXT NOT NULL,
    -- TRAP: neither empty nor short is accepted.
    password_hash   TEXT NOT NULL CHECK (length(password_hash) >= 32),
    created_at      TEXT NOT NULL,
    last_login_at   TEXT
);

CREATE TABLE web_session (
    session_id TEXT PRIMARY KEY,
    -- NULL: a visitor who never signed in; the cookie alone says that two visits were one person.
    account_id INTEGER REFERENCES account (account_id),
    cookie_id  TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ip_address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);

CREATE TABLE search_log (
    search_id   INTEGER PRIMARY KEY,
    session_id  TEXT NOT NULL REFERENCES web_session (session_id),
    searched_at TEXT NOT NULL,
    origin      TEXT NOT NULL,
    destination TEXT NOT NULL,
    party       INTEGER NOT NULL
);

-- TRAP: many subscribers are no customers, and an address is all that is known of them.
CREATE TABLE newsletter_subscription (
    subscription_id INTEGER PRIMARY KEY,
    email           TEXT NOT NULL UNIQUE COLLATE NOCASE,
    source          TEXT NOT NULL,
    wording_version TEXT NOT NULL,
    confirmed_at    TEXT,
    ended_at        TEXT
);

CREATE TABLE consent_choice (
    choice_id       INTEGER PRIMARY KEY,
    account_id      INTEGER REFERENCES account (account_id),
    email           TEXT COLLATE NOCASE,
    purpose         TEXT NOT NULL,
    channel         TEXT NOT NULL,
    answer          TEXT NOT NULL CHECK (answer IN ('yes', 'no')),
    wording_version TEXT NOT NULL,
    language        TEXT NOT NULL,
    chosen_at       TEXT NOT NULL,
    CHECK (account_id IS NOT NULL OR email IS NOT NULL)
);

-- TRAP: whoever fills in the form types any name and any address.
CREATE TABLE contact_message (
    contact_id  INTEGER PRIMARY KEY,
    account_id  INTEGER REFERENCES account (account_id),
    sender_name TEXT NOT NULL,
    email       TEXT NOT NULL COLLATE NOCASE,
    topic       TEXT NOT NULL,
    body        TEXT NOT NULL,
    received_at TEXT NOT NULL
);

-- == after the rows ==

CREATE INDEX web_session_account ON web_session (account_id);
CREATE INDEX web_session_cookie ON web_session (cookie_id);
CREATE INDEX search_log_session ON search_log (session_id);
CREATE INDEX consent_choice_account ON consent_choice (account_id);
CREATE INDEX consent_choice_email ON consent_choice (email);
CREATE INDEX contact_message_account ON contact_message (account_id);
CREATE INDEX contact_message_email ON contact_message (email);
