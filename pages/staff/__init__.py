"""The signed-in pages: plain HTML from the server, forms and links, no script."""
