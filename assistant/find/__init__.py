"""Find: what the library has on a question, and whether that answers it."""
