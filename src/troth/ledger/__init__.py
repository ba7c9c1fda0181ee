"""Our own state over PostgreSQL: events, what they change, the log and its keys. No web framework; named only in wire."""
