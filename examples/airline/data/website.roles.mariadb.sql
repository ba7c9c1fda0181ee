-- Two credentials for the MariaDB form of store `website`. Replace the four names in colons, choose the database
-- (USE website), and run it as a user that may create users. SQLite has no users: there, `look` opens the file read-only.
--
-- `look` reads; `act` also changes rows and adds none.

CREATE USER :'look'@'%' IDENTIFIED BY :'look_password';
CREATE USER :'act'@'%' IDENTIFIED BY :'act_password';

GRANT SELECT ON * TO :'look'@'%';
GRANT SELECT, UPDATE, DELETE ON * TO :'act'@'%';
