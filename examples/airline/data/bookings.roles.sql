-- Two credentials for store `bookings`. Run it in that database as a role that may create roles:
--
--     psql -v look=bookings_look -v look_password=... -v act=bookings_act -v act_password=... -f bookings.roles.sql
--
-- `look` reads, and every transaction of it starts read-only. `act` also changes rows that belong to persons; it adds
-- rows nowhere except in customer_history, where the trigger on customer writes in its name.

CREATE ROLE :"look" LOGIN PASSWORD :'look_password';
CREATE ROLE :"act" LOGIN PASSWORD :'act_password';
ALTER ROLE :"look" SET default_transaction_read_only = on;

GRANT USAGE ON SCHEMA public TO :"look", :"act";
GRANT SELECT ON ALL TABLES IN SCHEMA public TO :"look", :"act";
GRANT UPDATE, DELETE ON
    travel_agency, customer, customer_history, passenger, booking, booking_passenger, coupon, guardian_handover,
    invoice, invoice_line, agent_note, message
    TO :"act";
GRANT INSERT ON customer_history TO :"act";
