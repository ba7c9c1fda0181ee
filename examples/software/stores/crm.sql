-- People who may become customers, guests and visitors: what they asked, where they were met, what they chose.
PRAGMA foreign_keys = ON;
CREATE TABLE contact (
    contact_id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    full_name TEXT,
    company TEXT,
    job_title TEXT,
    phone TEXT,
    country TEXT NOT NULL,
    citizenship TEXT,
    origin TEXT NOT NULL,
    origin_address TEXT,
    origin_day TEXT NOT NULL,
    heard_on TEXT NOT NULL
);
CREATE TABLE request (
    request_id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    occasion TEXT NOT NULL CHECK (occasion IN ('information', 'document', 'demo', 'comment', 'feedback', 'contact')),
    channel TEXT NOT NULL CHECK (channel IN ('web', 'phone', 'mail', 'text', 'fax', 'person')),
    notice_version TEXT NOT NULL,
    message TEXT,
    asked_on TEXT NOT NULL,
    done_on TEXT
);
CREATE INDEX request_contact ON request (contact_id);
CREATE TABLE call_note (
    note_id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    spoken_on TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX call_note_contact ON call_note (contact_id);
-- A demonstration is shared by everybody who sat in it.
CREATE TABLE demo (
    demo_id INTEGER PRIMARY KEY,
    held_on TEXT NOT NULL,
    notes TEXT
);
CREATE TABLE demo_guest (
    demo_id INTEGER NOT NULL REFERENCES demo (demo_id),
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    PRIMARY KEY (demo_id, contact_id)
);
CREATE INDEX demo_guest_contact ON demo_guest (contact_id);
CREATE TABLE event (
    event_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    held_on TEXT NOT NULL
);
CREATE TABLE event_guest (
    event_id INTEGER NOT NULL REFERENCES event (event_id),
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    notice_version TEXT NOT NULL,
    registered_on TEXT NOT NULL,
    came INTEGER,
    PRIMARY KEY (event_id, contact_id)
);
CREATE INDEX event_guest_contact ON event_guest (contact_id);
CREATE TABLE choice (
    choice_id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    choice TEXT NOT NULL,
    yes INTEGER NOT NULL,
    wording_version INTEGER NOT NULL,
    said_on TEXT NOT NULL
);
CREATE INDEX choice_contact ON choice (contact_id);
CREATE TABLE survey_answer (
    answer_id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    survey TEXT NOT NULL,
    answer TEXT NOT NULL,
    given_on TEXT NOT NULL
);
CREATE INDEX survey_answer_contact ON survey_answer (contact_id);
CREATE TABLE page_visit (
    visit_id INTEGER PRIMARY KEY,
    contact_id INTEGER REFERENCES contact (contact_id),
    cookie_id TEXT,
    ip_address TEXT,
    browser TEXT,
    page TEXT NOT NULL,
    document TEXT,
    came_from TEXT,
    went_to TEXT,
    seen_at TEXT NOT NULL
);
CREATE INDEX page_visit_contact ON page_visit (contact_id);
CREATE INDEX page_visit_cookie ON page_visit (cookie_id);
CREATE TABLE visit_count (
    page TEXT NOT NULL,
    month TEXT NOT NULL,
    visitors INTEGER NOT NULL CHECK (visitors >= 5),
    PRIMARY KEY (page, month)
);
CREATE TABLE office_visit (
    visit_id INTEGER PRIMARY KEY,
    email TEXT COLLATE NOCASE,
    full_name TEXT NOT NULL,
    company TEXT,
    host TEXT NOT NULL,
    came_in TEXT NOT NULL,
    went_out TEXT
);
CREATE INDEX office_visit_email ON office_visit (email);
