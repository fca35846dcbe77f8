"""The embedded model, multilingual-e5-small: its weights, graph and tokenizer."""
