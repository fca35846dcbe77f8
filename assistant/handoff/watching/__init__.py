"""What changes in the library, followed by a feed and a weekly mail."""
