"""The catalogue: the truth about documents, their versions and stages."""
