"""The chat model: its port, its circuit breaker and its budget."""
