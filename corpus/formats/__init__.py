"""One module a file format: SUFFIXES and read(data) -> list[Section]."""
