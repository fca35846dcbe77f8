"""How we find it: embedding, lexical analysis, and the immutable generations that are searched."""
