"""The web pages, a module each. They show what the assistant says; they decide nothing about it."""
