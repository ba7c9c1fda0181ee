-- Letters of the workshop: one row for each conversation, its messages, files, and what came along with a form.
CREATE TABLE conversation (
    conversation_id INTEGER PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE,
    writer_name TEXT,
    phone TEXT,
    way TEXT NOT NULL CHECK (way IN ('form', 'mail')),
    aims_at_contract INTEGER NOT NULL DEFAULT 0,
    begun_on TEXT NOT NULL,
    settled_on TEXT,
    why_settled TEXT
);
CREATE INDEX conversation_email ON conversation (email);
CREATE TABLE message (
    message_id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversation (conversation_id),
    outward INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX message_conversation ON message (conversation_id);
CREATE TABLE attachment (
    attachment_id INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES message (message_id),
    file_name TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX attachment_message ON attachment (message_id);
CREATE TABLE submission_trace (
    conversation_id INTEGER PRIMARY KEY REFERENCES conversation (conversation_id),
    ip_address TEXT NOT NULL,
    sent_at TEXT NOT NULL
);
CREATE TABLE consent (
    consent_id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversation (conversation_id),
    email TEXT NOT NULL COLLATE NOCASE,
    wording_version INTEGER NOT NULL,
    notice_version TEXT NOT NULL,
    given_at TEXT NOT NULL,
    withdrawn_at TEXT
);
CREATE INDEX consent_conversation ON consent (conversation_id);
CREATE INDEX consent_email ON consent (email);
