"""How we answer: understand, find, write, verify, answer."""
