"""Our own state over PostgreSQL: events, what they change, the log and its keys; named only in wire."""
