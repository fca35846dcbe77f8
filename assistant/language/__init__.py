"""What texts say in any language: quantities, numerals, names, negation, and how people ask."""
