"""The mail path: an SMTP gate before any mailer. Taken over, sealed, asked about, asked again, handed on.

`listen` takes messages over, `deliver` hands them on, `links` ends a kind of message for its reader.
"""
