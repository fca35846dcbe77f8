"""The signed-in pages: plain HTML from the server, forms and links, and one script that keeps what is typed."""
