"""Files of whatever format, read in a process of their own."""
