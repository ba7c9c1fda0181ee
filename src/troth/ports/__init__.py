"""What the desk needs from the outside, as small Protocols. Concrete parts are named only in wire.py."""
