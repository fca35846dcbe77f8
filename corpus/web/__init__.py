"""Web addresses: fetched one at a time, and asked now and then whether they answer."""
