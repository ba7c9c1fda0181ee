-- Records of the Care Centre and of orders. A building is shared: several people are named at it.
CREATE TABLE person (
    person_id INTEGER PRIMARY KEY,
    email TEXT COLLATE NOCASE,
    phone TEXT,
    full_name TEXT NOT NULL,
    company TEXT,
    postal_address TEXT,
    signed_up_on TEXT,
    password_hash TEXT,
    rooms TEXT
);
CREATE UNIQUE INDEX person_email ON person (email);
CREATE INDEX person_phone ON person (phone);
-- One row for each person and way to send news; where the address came from decides whether it may be used.
CREATE TABLE news_permission (
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    way TEXT NOT NULL CHECK (way IN ('email', 'sms', 'phone', 'video', 'post')),
    said TEXT NOT NULL CHECK (said IN ('yes', 'no', 'unasked')),
    came_from TEXT NOT NULL,
    wording_version INTEGER NOT NULL,
    said_at TEXT NOT NULL,
    PRIMARY KEY (person_id, way)
);
CREATE TABLE building (
    building_id INTEGER PRIMARY KEY,
    delivery_address TEXT NOT NULL
);
CREATE TABLE building_contact (
    building_id INTEGER NOT NULL REFERENCES building (building_id),
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    PRIMARY KEY (building_id, person_id)
);
CREATE INDEX building_contact_person ON building_contact (person_id);
CREATE TABLE floor_order (
    order_id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    building_id INTEGER NOT NULL REFERENCES building (building_id),
    ordered_on TEXT NOT NULL,
    floor TEXT NOT NULL,
    square_metres INTEGER NOT NULL,
    payment_reference TEXT,
    missing_datum TEXT
);
CREATE INDEX floor_order_person ON floor_order (person_id);
CREATE INDEX floor_order_building ON floor_order (building_id);
CREATE TABLE sample_order (
    sample_id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    samples TEXT NOT NULL,
    sent_to TEXT NOT NULL,
    delivered_on TEXT
);
CREATE INDEX sample_order_person ON sample_order (person_id);
CREATE TABLE invoice (
    invoice_id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES floor_order (order_id),
    billed_to TEXT NOT NULL,
    total_pence INTEGER NOT NULL,
    billed_on TEXT NOT NULL
);
CREATE INDEX invoice_order ON invoice (order_id);
CREATE TABLE credit_answer (
    answer_id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    answer TEXT NOT NULL,
    answered_on TEXT NOT NULL
);
CREATE INDEX credit_answer_person ON credit_answer (person_id);
CREATE TABLE webinar_seat (
    seat_id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    webinar TEXT NOT NULL,
    held_on TEXT NOT NULL,
    attended INTEGER
);
CREATE INDEX webinar_seat_person ON webinar_seat (person_id);
CREATE TABLE care_call (
    call_id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    kind TEXT NOT NULL CHECK (kind IN ('question', 'query', 'complaint', 'right')),
    note TEXT,
    ended_at TEXT NOT NULL
);
CREATE INDEX care_call_person ON care_call (person_id);
-- A recording cannot be stored unless the caller was told, and never without the day on which it goes.
CREATE TABLE call_recording (
    recording_id INTEGER PRIMARY KEY,
    call_id INTEGER NOT NULL REFERENCES care_call (call_id),
    announced INTEGER NOT NULL CHECK (announced = 1),
    sound BLOB NOT NULL,
    recorded_at TEXT NOT NULL
);
CREATE INDEX call_recording_call ON call_recording (call_id);
CREATE TABLE enquiry (
    enquiry_id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    asked TEXT NOT NULL,
    answered TEXT,
    settled_on TEXT
);
CREATE INDEX enquiry_person ON enquiry (person_id);
CREATE TABLE complaint (
    complaint_id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    complained TEXT NOT NULL,
    outcome TEXT,
    settled_on TEXT
);
CREATE INDEX complaint_person ON complaint (person_id);
