"""The shipped library: brought into a catalogue, checked, and what it covers."""
