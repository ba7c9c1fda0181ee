-- Larkwing Air, store `website` as MariaDB 10.6 or later would hold it: same tables, same columns, same rows as
-- website.sqlite.sql. Two things are of this engine.
--
-- TRAP: the collation compares without regard to capitals and accents, so equality here finds more than elsewhere.
-- TRAP: search_log is a MyISAM table. It takes part in no transaction and checks no foreign key: what is deleted
-- there stays deleted when the rest is rolled back, and a plan has to say so first.

CREATE TABLE account (
    account_id      BIGINT PRIMARY KEY,
    customer_number VARCHAR(16) UNIQUE,
    email           VARCHAR(254) NOT NULL UNIQUE,
    display_name    VARCHAR(200) NOT NULL,
    password_hash   VARCHAR(200) NOT NULL CHECK (CHAR_LENGTH(password_hash) >= 32),
    created_at      DATETIME NOT NULL,
    last_login_at   DATETIME
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE web_session (
    session_id VARCHAR(32) PRIMARY KEY,
    account_id BIGINT,
    cookie_id  VARCHAR(32) NOT NULL,
    started_at DATETIME NOT NULL,
    ip_address VARCHAR(45) NOT NULL,
    user_agent VARCHAR(200) NOT NULL,
    FOREIGN KEY (account_id) REFERENCES account (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE search_log (
    search_id   BIGINT PRIMARY KEY,
    session_id  VARCHAR(32) NOT NULL,
    searched_at DATETIME NOT NULL,
    origin      VARCHAR(60) NOT NULL,
    destination VARCHAR(60) NOT NULL,
    party       SMALLINT NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE newsletter_subscription (
    subscription_id BIGINT PRIMARY KEY,
    email           VARCHAR(254) NOT NULL UNIQUE,
    source          VARCHAR(60) NOT NULL,
    wording_version VARCHAR(20) NOT NULL,
    confirmed_at    DATETIME,
    ended_at        DATETIME
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE consent_choice (
    choice_id       BIGINT PRIMARY KEY,
    account_id      BIGINT,
    email           VARCHAR(254),
    purpose         VARCHAR(60) NOT NULL,
    channel         VARCHAR(20) NOT NULL,
    answer          VARCHAR(3) NOT NULL CHECK (answer IN ('yes', 'no')),
    wording_version VARCHAR(20) NOT NULL,
    language        VARCHAR(5) NOT NULL,
    chosen_at       DATETIME NOT NULL,
    FOREIGN KEY (account_id) REFERENCES account (account_id),
    CHECK (account_id IS NOT NULL OR email IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE contact_message (
    contact_id  BIGINT PRIMARY KEY,
    account_id  BIGINT,
    sender_name VARCHAR(200) NOT NULL,
    email       VARCHAR(254) NOT NULL,
    topic       VARCHAR(60) NOT NULL,
    body        TEXT NOT NULL,
    received_at DATETIME NOT NULL,
    FOREIGN KEY (account_id) REFERENCES account (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- == after the rows ==

-- InnoDB makes an index of its own for each foreign key; these are the others.
CREATE INDEX web_session_cookie ON web_session (cookie_id);
CREATE INDEX search_log_session ON search_log (session_id);
CREATE INDEX consent_choice_email ON consent_choice (email);
CREATE INDEX contact_message_email ON contact_message (email);
