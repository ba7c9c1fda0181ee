"""What the state and PostgreSQL stores have in common: how statements are sent."""
