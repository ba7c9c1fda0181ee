-- What the web server writes down. No address, no name, no key that another store knows.
CREATE TABLE log_line (
    line_id INTEGER PRIMARY KEY,
    written_at TEXT NOT NULL,
    browser TEXT,
    system TEXT,
    provider TEXT,
    came_from TEXT,
    went_to TEXT,
    page TEXT NOT NULL,
    status INTEGER NOT NULL
);
