"""Understand: what is asked, by whom, and whether a library can answer it at all."""
