"""Verify: a draft becomes a claim only where the passages say so."""
