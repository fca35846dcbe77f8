"""What staff see: what waits for them, the weekly mail, reports, trials of drafts, why an answer is as it is."""
