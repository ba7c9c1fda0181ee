"""Side-by-side measures of Troth and of the SQL that an engineer would write by hand. Nothing in src/ imports this."""
