"""The doors for programs: the HTTP API."""
