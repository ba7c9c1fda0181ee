"""The nouns of Troth: frozen values that every later stage speaks in. Nothing here decides, asks or acts."""
