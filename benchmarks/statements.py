"""The SQL of the hand-written baseline: what an engineer would write who knows the sample airline's tables by heart.

Each look is one statement, so that it sees one moment. Every row it gives has the same six columns:

    table, key (text[]), day the period runs from, facts that a decision reads, how many others share it, waits

`waits` is true for rows that an address alone brought in: they are left for a person to decide.
"""

from typing import Final

IDENTIFY_BOOKINGS: Final = """
SELECT customer_number, email, NULL FROM customer WHERE customer_number = ANY(%(numbers)s) OR email = ANY(%(emails)s)
"""

IDENTIFY_LOYALTY: Final = """
SELECT customer_number, email, member_number FROM member
WHERE customer_number = ANY(%(numbers)s) OR email = ANY(%(emails)s) OR member_number = ANY(%(members)s)
"""

IDENTIFY_WEBSITE: Final = """
SELECT customer_number, lower(email), NULL FROM account
WHERE customer_number IN (SELECT value FROM json_each(:numbers)) OR email IN (SELECT value FROM json_each(:emails))
"""

LOOK_BOOKINGS: Final = """
WITH me AS MATERIALIZED (
    SELECT customer_id, customer_number FROM customer
    WHERE customer_number = ANY(%(numbers)s) OR email = ANY(%(emails)s)
), pax AS MATERIALIZED (
    SELECT p.airline_code, p.passenger_no FROM me JOIN passenger p USING (customer_id)
    UNION  -- two addresses of different kinds on one row that is nobody else's
    SELECT airline_code, passenger_no FROM passenger
    WHERE customer_id IS NULL AND lower(email) = ANY(%(emails)s) AND frequent_flyer_no = ANY(%(members)s)
), tie AS MATERIALIZED (
    SELECT locator, airline_code, passenger_no FROM pax JOIN booking_passenger USING (airline_code, passenger_no)
), on_board AS MATERIALIZED (
    SELECT locator, count(*) AS mine FROM tie GROUP BY locator
), trip AS MATERIALIZED (
    SELECT b.locator, b.booked_on, me.customer_id IS NOT NULL AS booker,
           lower(b.contact_email) = ANY(%(emails)s) AS addressed,
           (SELECT count(*) FROM booking_passenger o WHERE o.locator = b.locator) - coalesce(on_board.mine, 0)
             + (b.booked_by_customer IS NOT NULL AND me.customer_id IS NULL)::int AS others
    FROM (SELECT locator FROM on_board
          UNION SELECT locator FROM me JOIN booking ON booked_by_customer = customer_id) reached
    JOIN booking b USING (locator)
    LEFT JOIN me ON me.customer_id = b.booked_by_customer
    LEFT JOIN on_board ON on_board.locator = b.locator
), bill AS MATERIALIZED (
    SELECT i.invoice_no, i.locator, i.issued_on, i.status, '' AS root, 0 AS others
    FROM me JOIN invoice i USING (customer_id)
    UNION ALL  -- without a payer of its own it hangs under the booking
    SELECT i.invoice_no, i.locator, i.issued_on, i.status, i.locator, trip.others
    FROM trip JOIN invoice i ON i.locator = trip.locator AND i.customer_id IS NULL
)
SELECT 'customer', ARRAY[customer_id::text], NULL::date, '{}'::text[], 0, false FROM me
UNION ALL
SELECT 'customer_history', ARRAY[history_id::text], NULL, '{}', 0, false
FROM me JOIN customer_history USING (customer_id)
UNION ALL
SELECT 'passenger', ARRAY[airline_code, passenger_no], NULL, '{}', 0, false FROM pax
UNION ALL
SELECT 'booking_passenger', ARRAY[locator, airline_code, passenger_no], NULL, '{}', 0, false FROM tie
UNION ALL
SELECT 'coupon', ARRAY[locator, airline_code, passenger_no, leg_no::text], NULL, '{}', 0, false
FROM tie JOIN coupon USING (locator, airline_code, passenger_no)
UNION ALL
SELECT 'guardian_handover', ARRAY[locator, airline_code, passenger_no, moment], NULL, '{}', 0, false
FROM tie JOIN guardian_handover USING (locator, airline_code, passenger_no)
UNION ALL
SELECT 'booking', ARRAY[locator], booked_on, ARRAY[booker::text, addressed::text], others, false FROM trip
UNION ALL
SELECT 'invoice', ARRAY[invoice_no], issued_on, ARRAY[status, locator, root], others, false FROM bill
UNION ALL
SELECT 'invoice_line', ARRAY[invoice_no, line_no::text], NULL, ARRAY[root], others, false
FROM bill JOIN invoice_line USING (invoice_no)
UNION ALL
SELECT 'agent_note', ARRAY[note_id::text], written_at::date, ARRAY[''], 0, false
FROM me JOIN agent_note USING (customer_id)
UNION ALL
SELECT 'agent_note', ARRAY[note_id::text], written_at::date, ARRAY[locator], others, false
FROM trip JOIN agent_note USING (locator) WHERE customer_id IS NULL
UNION ALL
SELECT 'message', ARRAY[message_id::text], sent_at::date, ARRAY[''], 0, false
FROM me JOIN message ON entity_type = 'customer' AND entity_id = customer_number
UNION ALL
SELECT 'message', ARRAY[message_id::text], sent_at::date, ARRAY[''], 0, false
FROM pax JOIN message ON entity_type = 'passenger' AND entity_id = passenger_no AND entity_airline = airline_code
UNION ALL
SELECT 'message', ARRAY[message_id::text], sent_at::date, ARRAY[locator], others, false
FROM trip JOIN message ON entity_type = 'booking' AND entity_id = locator
UNION ALL
SELECT 'passenger', ARRAY[airline_code, passenger_no], NULL, '{}', 0, true
FROM passenger p WHERE lower(email) = ANY(%(emails)s) AND NOT EXISTS (
    SELECT FROM pax WHERE pax.airline_code = p.airline_code AND pax.passenger_no = p.passenger_no)
UNION ALL
SELECT 'booking', ARRAY[locator], booked_on, '{}', 0, true
FROM booking b WHERE lower(contact_email) = ANY(%(emails)s) AND NOT EXISTS (
    SELECT FROM trip WHERE trip.locator = b.locator)
"""

HELD_BOOKINGS: Final = """
SELECT DISTINCT locator FROM unnest(%(booking)s::text[]) AS t(locator) WHERE
    EXISTS (SELECT FROM invoice i WHERE i.locator = t.locator AND i.invoice_no <> ALL(%(invoice)s))
 OR EXISTS (SELECT FROM agent_note n WHERE n.locator = t.locator AND n.note_id <> ALL(%(agent_note)s::bigint[]))
 OR EXISTS (SELECT FROM booking b WHERE b.parent_locator = t.locator AND b.locator <> ALL(%(trips)s))
"""
"""Bookings on which nobody else is left, and to which a row still points that does not go."""

LOOK_LOYALTY: Final = """
WITH me AS MATERIALIZED (
    SELECT member_id, member_number, household_id FROM member
    WHERE customer_number = ANY(%(numbers)s) OR email = ANY(%(emails)s) OR member_number = ANY(%(members)s)
), home AS MATERIALIZED (
    SELECT h.household_id, main.member_id IS NOT NULL AS main,
           (SELECT count(*) FROM member o WHERE o.household_id = h.household_id)
             - (SELECT count(*) FROM me WHERE me.household_id = h.household_id)
             + (h.main_member_id IS NOT NULL AND main.member_id IS NULL)::int AS others
    FROM (SELECT household_id FROM me WHERE household_id IS NOT NULL
          UNION SELECT h.household_id FROM me JOIN household h ON h.main_member_id = me.member_id) reached
    JOIN household h USING (household_id)
    LEFT JOIN me main ON main.member_id = h.main_member_id
), line AS MATERIALIZED (
    SELECT file_name, received_on, member_number, count(*) AS copies
    FROM me JOIN import_row USING (member_number)
    GROUP BY file_name, received_on, member_number
)
SELECT 'member', ARRAY[member_id::text], NULL::date, '{}'::text[], 0, false FROM me
UNION ALL
SELECT 'household', ARRAY[household_id::text], NULL, ARRAY[main::text], others, false FROM home
UNION ALL
SELECT 'points_entry', ARRAY[entry_id::text], booked_on, '{}', 0, false FROM me JOIN points_entry USING (member_id)
UNION ALL
SELECT 'tier_history', ARRAY[member_id::text, valid_from::text], NULL, '{}', 0, false
FROM me JOIN tier_history USING (member_id)
UNION ALL
SELECT 'partner_accrual', ARRAY[partner_code, partner_reference], NULL, '{}', 0, false
FROM me JOIN partner_accrual USING (member_number)
UNION ALL
SELECT 'import_row', ARRAY[file_name, received_on::text, member_number], received_on, ARRAY[copies::text], 0, false
FROM line
UNION ALL
SELECT DISTINCT 'import_row', ARRAY[file_name, received_on::text, member_number], received_on, ARRAY[]::text[], 0, true
FROM import_row i WHERE lower(email) = ANY(%(emails)s) AND NOT EXISTS (
    SELECT FROM me WHERE me.member_number = i.member_number)
"""

LOOK_WEBSITE: Final = """
WITH me AS MATERIALIZED (
    SELECT account_id FROM account
    WHERE customer_number IN (SELECT value FROM json_each(:numbers)) OR email IN (SELECT value FROM json_each(:emails))
), visit AS MATERIALIZED (
    SELECT session_id, cookie_id, started_at FROM me CROSS JOIN web_session USING (account_id)
)
SELECT 'account', json_array(account_id), NULL, '[]', 0, 0 FROM me
UNION ALL
SELECT 'web_session', json_array(session_id), date(started_at), '[]', 0, 0 FROM visit
UNION ALL
SELECT 'search_log', json_array(search_id), date(searched_at), '[]', 0, 0
FROM visit CROSS JOIN search_log USING (session_id)
UNION ALL
SELECT 'newsletter_subscription', json_array(subscription_id), NULL, '[]', 0, 0
FROM newsletter_subscription WHERE email IN (SELECT value FROM json_each(:emails))
UNION ALL
SELECT 'consent_choice', json_array(choice_id), date(chosen_at), '[]', 0, 0
FROM me CROSS JOIN consent_choice USING (account_id)
UNION ALL
SELECT 'contact_message', json_array(contact_id), date(received_at), '[]', 0, 0
FROM me CROSS JOIN contact_message USING (account_id)
UNION ALL
SELECT 'web_session', json_array(session_id), date(started_at), '[]', 0, 1 FROM web_session
WHERE cookie_id IN (SELECT cookie_id FROM visit) AND session_id NOT IN (SELECT session_id FROM visit)
UNION ALL
SELECT 'consent_choice', json_array(choice_id), date(chosen_at), '[]', 0, 1 FROM consent_choice
WHERE email IN (SELECT value FROM json_each(:emails))
  AND (account_id IS NULL OR account_id NOT IN (SELECT account_id FROM me))
UNION ALL
SELECT 'contact_message', json_array(contact_id), date(received_at), '[]', 0, 1 FROM contact_message
WHERE email IN (SELECT value FROM json_each(:emails))
  AND (account_id IS NULL OR account_id NOT IN (SELECT account_id FROM me))
"""

KEYS: Final[dict[str, dict[str, dict[str, str]]]] = {
    "bookings": {
        "agent_note": {"note_id": "bigint"},
        "booking": {"locator": "text"},
        "booking_passenger": {"locator": "text", "airline_code": "text", "passenger_no": "text"},
        "coupon": {"locator": "text", "airline_code": "text", "passenger_no": "text", "leg_no": "smallint"},
        "customer": {"customer_id": "bigint"},
        "customer_history": {"history_id": "bigint"},
        "guardian_handover": {"locator": "text", "airline_code": "text", "passenger_no": "text", "moment": "text"},
        "invoice": {"invoice_no": "text"},
        "invoice_line": {"invoice_no": "text", "line_no": "smallint"},
        "message": {"message_id": "bigint"},
        "passenger": {"airline_code": "text", "passenger_no": "text"},
    },
    "loyalty": {
        "household": {"household_id": "bigint"},
        "import_row": {"file_name": "text", "received_on": "date", "member_number": "text"},
        "member": {"member_id": "bigint"},
        "partner_accrual": {"partner_code": "text", "partner_reference": "text"},
        "points_entry": {"entry_id": "bigint"},
        "tier_history": {"member_id": "bigint", "valid_from": "date"},
    },
    "website": {
        "account": {"account_id": "INTEGER"},
        "consent_choice": {"choice_id": "INTEGER"},
        "contact_message": {"contact_id": "INTEGER"},
        "newsletter_subscription": {"subscription_id": "INTEGER"},
        "search_log": {"search_id": "INTEGER"},
        "web_session": {"session_id": "TEXT"},
    },
}
"""Store, table and the columns of its key with their types, the tables in the order in which rows are locked."""

READ: Final[dict[str, dict[str, str]]] = {
    "bookings": {
        "customer": "full_name, phone, date_of_birth, street, postcode, city, country, language,"
        " marketing_objection_on, created_on, customer_number, email",
        "customer_history": "old_full_name, old_email, old_phone, old_street, old_postcode, old_city",
        "passenger": "passenger_no, full_name, date_of_birth, phone, passport_no, passport_country, meal, assistance,"
        " frequent_flyer_no, email",
        "booking": "agency_code, booked_on, status, total_cents,"
        " CASE WHEN booked_by_customer = ANY(%(customers)s::bigint[]) THEN contact_name END AS contact_name,"
        " CASE WHEN booked_by_customer = ANY(%(customers)s::bigint[]) THEN contact_phone END AS contact_phone,"
        " CASE WHEN lower(contact_email) = ANY(%(emails)s) THEN contact_email END AS contact_email",
        "booking_passenger": "ticket_number, fare",
        "coupon": "flight_number, departs_on, seat, boarded_at",
        "invoice": "issued_on, status, paid_on, payer_name, payer_address, payer_country, total_cents",
        "invoice_line": "description, amount_cents",
        "message": "CASE WHEN entity_type <> 'booking' THEN address END AS address",
    },
    "loyalty": {
        "household": "name, opened_on",
        "member": "full_name, date_of_birth, phone, tier, points_balance, stated_interests, joined_on, member_number,"
        " customer_number, email",
        "points_entry": "booked_on, points, reason, locator",
        "tier_history": "valid_from, tier",
        "partner_accrual": "received_on, activity, points",
        "import_row": "received_on, raw_line, email",
    },
    "website": {
        "account": "customer_number, email, display_name, created_at, last_login_at",
        "web_session": "cookie_id, session_id, started_at, ip_address, user_agent",
        "search_log": "searched_at, origin, destination, party",
        "newsletter_subscription": "email, source, wording_version, confirmed_at, ended_at",
        "consent_choice": "email, purpose, channel, answer, wording_version, language, chosen_at",
        "contact_message": "sender_name, email",
    },
}
"""What leaves in a copy. On a shared booking nobody else's columns; free text is read by a person first; a password's
hash leaves in no copy."""

WRITE: Final[dict[str, dict[str, str]]] = {
    "bookings": {
        "bills": """
            UPDATE invoice SET customer_id = NULL,
                   cancels_invoice_no = CASE WHEN cancels_invoice_no <> ALL(%(bills_gone)s) THEN cancels_invoice_no END
            WHERE invoice_no = ANY(%(bills)s)
        """,
        "shells": """
            UPDATE booking SET contact_name = 'erased', contact_phone = NULL,
                   contact_email = 'erased-' || substr(md5(gen_random_uuid()::text), 1, 16) || '@erased.invalid',
                   booked_on = '1900-01-01', status = 'cancelled', total_cents = 0,
                   booked_by_customer = CASE WHEN booked_by_customer <> ALL(%(customers)s::bigint[])
                                        THEN booked_by_customer END
            WHERE locator = ANY(%(shells)s)
        """,
        "booked": """
            UPDATE booking SET contact_name = 'erased', contact_phone = NULL, booked_by_customer = NULL
            WHERE locator = ANY(%(booked)s)
        """,
        "addressed": """
            UPDATE booking SET
                   contact_email = 'erased-' || substr(md5(gen_random_uuid()::text), 1, 16) || '@erased.invalid'
            WHERE locator = ANY(%(addressed)s)
        """,
        "trips": """
            UPDATE booking SET parent_locator = NULL
            WHERE parent_locator = ANY(%(trips)s) AND locator <> ALL(%(trips)s)
        """,
    },
    "loyalty": {
        "left": "UPDATE household SET main_member_id = NULL WHERE household_id = ANY(%(left)s::bigint[])",
        "members": "UPDATE member SET household_id = NULL WHERE member_id = ANY(%(members)s::bigint[])",
    },
}
"""What is written over rows that stay, by the set of rows that it is for; done before anything is deleted."""

SWEEP: Final[dict[str, str]] = {
    "bookings": "DELETE FROM customer_history WHERE customer_id = ANY(%(customers)s::bigint[])",
}
"""What a trigger wrote meanwhile."""

WEBSITE_ORDER: Final = (
    "search_log",
    "web_session",
    "consent_choice",
    "contact_message",
    "newsletter_subscription",
    "account",
)

JOURNAL: Final = """
CREATE TABLE entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    matter uuid NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    hash bytea NOT NULL
);
CREATE INDEX entry_matter ON entry (matter);
"""

CHAIN: Final = """
INSERT INTO entry (matter, kind, body, hash)
SELECT matter, kind, body, sha256(coalesce((SELECT hash FROM entry ORDER BY id DESC LIMIT 1), ''::bytea)
       || convert_to(concat_ws('|', matter, kind, body::text), 'UTF8'))
FROM (SELECT %(matter)s::uuid AS matter, %(kind)s::text AS kind, %(body)s::jsonb AS body) given
"""
"""One link of the hash chain; the caller holds the journal's lock until the commit."""
