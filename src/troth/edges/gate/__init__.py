"""The gate over HTTP: one small application, keys with scopes, and whatever goes wrong is a no."""
