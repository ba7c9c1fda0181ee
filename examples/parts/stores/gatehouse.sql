-- The gatehouse: who came to a site, which badge opened which door, which clip a camera made of whom, what happened.
CREATE TABLE site (
    site_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE visitor (
    visitor_id INTEGER PRIMARY KEY,
    email TEXT COLLATE NOCASE,
    full_name TEXT NOT NULL,
    firm TEXT,
    document_sealed TEXT,
    number_plate TEXT,
    signature BLOB,
    site_id INTEGER NOT NULL REFERENCES site (site_id),
    came_at TEXT NOT NULL,
    left_at TEXT
);
CREATE INDEX visitor_email ON visitor (email);
CREATE TABLE badge (
    badge_id INTEGER PRIMARY KEY,
    visitor_id INTEGER NOT NULL REFERENCES visitor (visitor_id),
    tag_id TEXT NOT NULL UNIQUE,
    card_sealed TEXT NOT NULL
);
CREATE INDEX badge_of ON badge (visitor_id);
CREATE TABLE door_event (
    event_id INTEGER PRIMARY KEY,
    badge_id INTEGER NOT NULL REFERENCES badge (badge_id),
    door TEXT NOT NULL,
    opened_at TEXT NOT NULL
);
CREATE INDEX door_event_of ON door_event (badge_id);
CREATE TABLE clip (
    clip_id INTEGER PRIMARY KEY,
    visitor_id INTEGER NOT NULL REFERENCES visitor (visitor_id),
    file TEXT NOT NULL,
    taken_at TEXT NOT NULL
);
CREATE INDEX clip_of ON clip (visitor_id);
CREATE TABLE incident (
    incident_id INTEGER PRIMARY KEY,
    visitor_id INTEGER NOT NULL REFERENCES visitor (visitor_id),
    happened_on TEXT NOT NULL,
    report TEXT NOT NULL
);
CREATE INDEX incident_of ON incident (visitor_id);
