-- The parts portal: companies, their people, orders that several people of a company share, requests, newsletters.
CREATE TABLE company (
    company_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL
);
CREATE TABLE contact (
    contact_id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES company (company_id),
    customer_number TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    full_name TEXT NOT NULL,
    phone TEXT,
    street TEXT,
    works_as TEXT, -- firm and post, as the person wrote them
    account_name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    marketing_objection_on TEXT,
    closed_on TEXT
);
CREATE TABLE followed_part (
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    part_number TEXT NOT NULL,
    service TEXT NOT NULL CHECK (service IN ('alert', 'hint')),
    PRIMARY KEY (contact_id, part_number, service)
);
CREATE TABLE purchase (
    purchase_id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES company (company_id),
    ordered_on TEXT NOT NULL,
    part_number TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    ship_to TEXT
);
-- Whoever asked, approved or receives: an order belongs to all of them.
CREATE TABLE purchase_contact (
    purchase_id INTEGER NOT NULL REFERENCES purchase (purchase_id),
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    part_in_it TEXT NOT NULL CHECK (part_in_it IN ('buyer', 'approver', 'receiver')),
    PRIMARY KEY (purchase_id, contact_id)
);
CREATE INDEX purchase_contact_of ON purchase_contact (contact_id);
CREATE TABLE invoice (
    invoice_no TEXT PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id),
    issued_on TEXT NOT NULL,
    payer_name TEXT NOT NULL,
    payer_address TEXT NOT NULL,
    total_cents INTEGER NOT NULL
);
CREATE INDEX invoice_of ON invoice (contact_id);
CREATE TABLE payment_means (
    contact_id INTEGER PRIMARY KEY REFERENCES contact (contact_id),
    card_sealed TEXT,
    iban_sealed TEXT
);
CREATE TABLE enquiry (
    enquiry_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('quote', 'help')),
    email TEXT NOT NULL COLLATE NOCASE,
    sender_name TEXT,
    phone TEXT,
    firm TEXT,
    body TEXT NOT NULL,
    received_on TEXT NOT NULL,
    closed_on TEXT,
    notice_version TEXT NOT NULL
);
CREATE INDEX enquiry_email ON enquiry (email);
CREATE TABLE subscription (
    subscription_id INTEGER PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE,
    first_name TEXT,
    letter TEXT NOT NULL CHECK (letter IN ('products', 'workshops', 'investors')),
    wording_version INTEGER NOT NULL,
    confirmed_on TEXT
);
CREATE INDEX subscription_email ON subscription (email);
CREATE TABLE visit (
    visit_id INTEGER PRIMARY KEY,
    contact_id INTEGER REFERENCES contact (contact_id),
    cookie_id TEXT NOT NULL,
    ip_address TEXT NOT NULL,
    page TEXT NOT NULL,
    seen_at TEXT NOT NULL
);
CREATE INDEX visit_of ON visit (contact_id);
CREATE INDEX visit_cookie ON visit (cookie_id);
