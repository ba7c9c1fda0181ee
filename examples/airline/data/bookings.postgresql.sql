-- Larkwing Air, store `bookings` (PostgreSQL 15 or later): who flies, who booked, who paid.
--
-- Everybody in here is invented. `TRAP` marks what careless erasure or access gets wrong; docs/sample-airline.md
-- tells each story. Keys between tables and indexes stand in a second part, created after the rows are loaded.

CREATE TABLE travel_agency (
    agency_code text PRIMARY KEY,
    name        text NOT NULL,
    -- TRAP: this mailbox is also the contact address of many bookings, all for people who do not know each other.
    mailbox     text NOT NULL
);

CREATE TABLE customer (
    customer_id     bigint PRIMARY KEY,
    customer_number text NOT NULL UNIQUE CHECK (customer_number ~ '^C[0-9]{8}$'),
    full_name       text NOT NULL,
    -- TRAP: NULL, a constant and an empty text are all refused, so naive masking stops half way.
    email           text NOT NULL UNIQUE CHECK (email LIKE '%_@_%' AND email = lower(email)),
    phone           text,
    date_of_birth   date,
    street          text NOT NULL,
    postcode        text NOT NULL,
    city            text NOT NULL,
    country         text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    language        text NOT NULL DEFAULT 'en',
    marketing_objection_on date,
    created_on      date NOT NULL
);

-- TRAP: fed by a trigger on customer, also while a person is being erased: whoever empties this table first and
-- the customer row second finds the old values in here again. No foreign key, so that it outlives the customer.
CREATE TABLE customer_history (
    history_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id   bigint NOT NULL,
    operation     text NOT NULL CHECK (operation IN ('UPDATE', 'DELETE')),
    changed_at    timestamptz NOT NULL DEFAULT now(),
    old_full_name text NOT NULL,
    old_email     text NOT NULL,
    old_phone     text,
    old_street    text NOT NULL,
    old_postcode  text NOT NULL,
    old_city      text NOT NULL
);

CREATE FUNCTION keep_customer_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customer_history
           (customer_id, operation, old_full_name, old_email, old_phone, old_street, old_postcode, old_city)
    VALUES (OLD.customer_id, TG_OP, OLD.full_name, OLD.email, OLD.phone, OLD.street, OLD.postcode, OLD.city);
    RETURN NULL;
END
$$;

CREATE TRIGGER customer_history_on_update AFTER UPDATE ON customer
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION keep_customer_history();
CREATE TRIGGER customer_history_on_delete AFTER DELETE ON customer
    FOR EACH ROW EXECUTE FUNCTION keep_customer_history();

-- Nobody's data: which aircraft goes where.
CREATE TABLE flight (
    flight_number text NOT NULL,
    departs_on    date NOT NULL,
    origin        text NOT NULL,
    destination   text NOT NULL,
    PRIMARY KEY (flight_number, departs_on)
);

CREATE TABLE passenger (
    -- TRAP: two airlines number their passengers apart, so `passenger_no` alone names two people.
    airline_code      text NOT NULL CHECK (airline_code IN ('LARK', 'MERE')),
    passenger_no      text NOT NULL CHECK (passenger_no ~ '^[0-9]{8}$'),
    -- NULL: booked by a parent or an agency; this traveller has no customer record.
    customer_id       bigint,
    frequent_flyer_no text,
    full_name         text NOT NULL,
    date_of_birth     date NOT NULL,
    -- TRAP: may be a parent's, an agency's or an office's address. It hints at a person and proves nothing.
    email             text,
    phone             text,
    passport_no       text,
    passport_country  text,
    -- Says something about health or belief. TRAP: neither NULL nor an invented word is accepted.
    meal              text NOT NULL DEFAULT 'standard'
        CHECK (meal IN ('standard', 'vegetarian', 'vegan', 'halal', 'kosher', 'gluten-free', 'diabetic')),
    assistance        text,
    PRIMARY KEY (airline_code, passenger_no),
    -- TRAP: to clear one of the two columns is refused.
    CONSTRAINT passport_whole CHECK ((passport_no IS NULL) = (passport_country IS NULL))
);

-- TRAP: shared by everybody who travels on it. When one leaves, it stays for the others without the leaver's values.
CREATE TABLE booking (
    locator            text PRIMARY KEY CHECK (locator ~ '^[A-Z0-9]{6}$'),
    -- TRAP: a part split from a group points at the booking it came from, in this same table.
    parent_locator     text,
    booked_by_customer bigint,
    agency_code        text,
    -- Whoever booked: one of the travellers, somebody else, or an agency.
    contact_name       text NOT NULL,
    contact_email      text NOT NULL CHECK (contact_email LIKE '%_@_%'),
    contact_phone      text,
    booked_on          date NOT NULL,
    status             text NOT NULL CHECK (status IN ('confirmed', 'flown', 'cancelled')),
    total_cents        bigint NOT NULL CHECK (total_cents >= 0)
);

CREATE TABLE booking_passenger (
    locator       text NOT NULL,
    airline_code  text NOT NULL,
    passenger_no  text NOT NULL,
    ticket_number text NOT NULL UNIQUE,
    fare          text NOT NULL,
    PRIMARY KEY (locator, airline_code, passenger_no)
);

-- One leg of one traveller: a key of four columns, three of them the key of its owner.
CREATE TABLE coupon (
    locator       text NOT NULL,
    airline_code  text NOT NULL,
    passenger_no  text NOT NULL,
    leg_no        smallint NOT NULL,
    flight_number text NOT NULL,
    departs_on    date NOT NULL,
    seat          text,
    boarded_at    timestamptz,
    PRIMARY KEY (locator, airline_code, passenger_no, leg_no)
);

-- A child who travels alone is handed over by one adult and collected by another.
-- TRAP: both adults are persons in their own right, and mostly not customers.
CREATE TABLE guardian_handover (
    locator         text NOT NULL,
    airline_code    text NOT NULL,
    passenger_no    text NOT NULL,
    moment          text NOT NULL CHECK (moment IN ('drop-off', 'pick-up')),
    adult_name      text NOT NULL,
    adult_phone     text NOT NULL,
    adult_address   text NOT NULL,
    adult_relation  text NOT NULL,
    identity_shown  text,
    PRIMARY KEY (locator, airline_code, passenger_no, moment)
);

-- TRAP: a paid invoice is a voucher with a statutory period from the end of its year, and it keeps the name and
-- address of the payer. It also keeps alive the booking it bills: `locator` may not be empty.
CREATE TABLE invoice (
    invoice_no         text PRIMARY KEY,
    locator            text NOT NULL,
    customer_id        bigint,
    -- A cancelling invoice points at the one it cancels, in this same table.
    cancels_invoice_no text,
    issued_on          date NOT NULL,
    status             text NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'cancelled')),
    paid_on            date,
    payer_name         text NOT NULL,
    payer_address      text NOT NULL,
    payer_country      text NOT NULL,
    total_cents        bigint NOT NULL,
    CONSTRAINT paid_has_a_day CHECK ((status = 'paid') = (paid_on IS NOT NULL))
);

CREATE TABLE invoice_line (
    invoice_no     text NOT NULL,
    line_no        smallint NOT NULL,
    description    text NOT NULL,
    -- TRAP: the payer's invoice names the other travellers.
    traveller_name text,
    amount_cents   bigint NOT NULL,
    PRIMARY KEY (invoice_no, line_no)
);

-- TRAP: free text. A note about one customer names other people, whose data must not leave in that customer's copy.
CREATE TABLE agent_note (
    note_id     bigint PRIMARY KEY,
    customer_id bigint,
    locator     text,
    written_by  text NOT NULL,
    written_at  timestamptz NOT NULL,
    body        text NOT NULL,
    CONSTRAINT note_about_something CHECK (customer_id IS NOT NULL OR locator IS NOT NULL)
);

-- TRAP: polymorphic, without any foreign key. `entity_type` says which table `entity_id` points at:
-- customer -> customer_number, booking -> locator, passenger -> (entity_airline, entity_id).
CREATE TABLE message (
    message_id     bigint PRIMARY KEY,
    entity_type    text NOT NULL CHECK (entity_type IN ('customer', 'booking', 'passenger')),
    entity_airline text,
    entity_id      text NOT NULL,
    address        text NOT NULL,
    sent_at        timestamptz NOT NULL,
    subject        text NOT NULL,
    body           text NOT NULL,
    CONSTRAINT airline_for_passengers_only CHECK ((entity_type = 'passenger') = (entity_airline IS NOT NULL))
);

-- == after the rows ==

-- No action is named anywhere below: what still points at a row keeps it, and the order of an erasure comes from here.
ALTER TABLE passenger ADD FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE booking ADD FOREIGN KEY (parent_locator) REFERENCES booking;
ALTER TABLE booking ADD FOREIGN KEY (booked_by_customer) REFERENCES customer;
ALTER TABLE booking ADD FOREIGN KEY (agency_code) REFERENCES travel_agency;
ALTER TABLE booking_passenger ADD FOREIGN KEY (locator) REFERENCES booking;
ALTER TABLE booking_passenger ADD FOREIGN KEY (airline_code, passenger_no) REFERENCES passenger;
ALTER TABLE coupon ADD FOREIGN KEY (locator, airline_code, passenger_no) REFERENCES booking_passenger;
ALTER TABLE coupon ADD FOREIGN KEY (flight_number, departs_on) REFERENCES flight;
ALTER TABLE guardian_handover ADD FOREIGN KEY (locator, airline_code, passenger_no) REFERENCES booking_passenger;
ALTER TABLE invoice ADD FOREIGN KEY (locator) REFERENCES booking;
ALTER TABLE invoice ADD FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE invoice ADD FOREIGN KEY (cancels_invoice_no) REFERENCES invoice;
ALTER TABLE invoice_line ADD FOREIGN KEY (invoice_no) REFERENCES invoice;
ALTER TABLE agent_note ADD FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE agent_note ADD FOREIGN KEY (locator) REFERENCES booking;

-- Every walk from a person to their rows, and every check of a key on the way back, finds an index.
CREATE INDEX customer_history_customer ON customer_history (customer_id);
CREATE INDEX passenger_customer ON passenger (customer_id);
CREATE INDEX passenger_frequent_flyer ON passenger (frequent_flyer_no);
-- Addresses are typed with any capitals, and are looked for without regard to them.
CREATE INDEX passenger_email ON passenger (lower(email));
CREATE INDEX booking_parent ON booking (parent_locator);
CREATE INDEX booking_customer ON booking (booked_by_customer);
CREATE INDEX booking_agency ON booking (agency_code);
CREATE INDEX booking_contact_email ON booking (lower(contact_email));
CREATE INDEX booking_passenger_passenger ON booking_passenger (airline_code, passenger_no);
CREATE INDEX coupon_flight ON coupon (flight_number, departs_on);
CREATE INDEX invoice_booking ON invoice (locator);
CREATE INDEX invoice_customer ON invoice (customer_id);
CREATE INDEX invoice_cancels ON invoice (cancels_invoice_no);
CREATE INDEX agent_note_customer ON agent_note (customer_id);
CREATE INDEX agent_note_booking ON agent_note (locator);
CREATE INDEX message_entity ON message (entity_id, entity_type);
