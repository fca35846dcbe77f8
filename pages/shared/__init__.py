"""What all sites share. `chat`, `public` and `staff` import it, never each other."""
