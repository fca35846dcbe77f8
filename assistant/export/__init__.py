"""Comparisons and plans as files."""
