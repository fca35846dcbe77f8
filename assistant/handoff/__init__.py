"""What companies hand over to a person in a cluster, and what they follow by mail."""
