"""Write: drafts of statements, each with what it rests on, and one question back."""
