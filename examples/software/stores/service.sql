-- Accounts of the service, as far as we decide about them ourselves. What customers put in lies in their own spaces.
PRAGMA foreign_keys = ON;
CREATE TABLE account (
    account_id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    account_name TEXT NOT NULL,
    full_name TEXT NOT NULL,
    customer TEXT NOT NULL,
    state TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    closed_on TEXT
);
CREATE TABLE session (
    session_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (account_id),
    token_hash TEXT NOT NULL,
    device TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    ended_at TEXT
);
CREATE INDEX session_account ON session (account_id);
CREATE TABLE sign_in (
    sign_in_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (account_id),
    ip_address TEXT NOT NULL,
    outcome TEXT NOT NULL,
    tried_at TEXT NOT NULL
);
CREATE INDEX sign_in_account ON sign_in (account_id);
CREATE TABLE activity (
    activity_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (account_id),
    what TEXT NOT NULL,
    done_at TEXT NOT NULL
);
CREATE INDEX activity_account ON activity (account_id);
CREATE TABLE ticket (
    ticket_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (account_id),
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    closed_on TEXT
);
CREATE INDEX ticket_account ON ticket (account_id);
CREATE TABLE app_signal (
    signal_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (account_id),
    call_log TEXT,
    device_event TEXT,
    device_location TEXT,
    read_at TEXT NOT NULL
);
CREATE INDEX app_signal_account ON app_signal (account_id);
