"""What companies hand over to a person in a cluster."""
