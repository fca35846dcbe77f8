"""The command line: a door beside `ui`. A command parses, calls and prints."""
