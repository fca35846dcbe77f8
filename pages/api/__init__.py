"""The doors for programs: the HTTP API, and the tools of agents."""
