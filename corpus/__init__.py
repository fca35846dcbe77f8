"""What we know: documents, their versions and passages, and the vocabulary they are filed under."""
