-- Two credentials for store `loyalty`. Run it in that database as a role that may create roles:
--
--     psql -v look=loyalty_look -v look_password=... -v act=loyalty_act -v act_password=... -f loyalty.roles.sql
--
-- `look` reads, and every transaction of it starts read-only. `act` also changes rows and adds none.

CREATE ROLE :"look" LOGIN PASSWORD :'look_password';
CREATE ROLE :"act" LOGIN PASSWORD :'act_password';
ALTER ROLE :"look" SET default_transaction_read_only = on;

GRANT USAGE ON SCHEMA public TO :"look", :"act";
GRANT SELECT ON ALL TABLES IN SCHEMA public TO :"look", :"act";
GRANT UPDATE, DELETE ON household, member, points_entry, tier_history, partner_accrual, import_row TO :"act";
