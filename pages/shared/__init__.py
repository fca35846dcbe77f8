"""What all sites share. The doors and sites import it, never each other."""
