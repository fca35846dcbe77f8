"""How files become drafts: known, new or changed, proposed and flagged."""
