"""The pages for companies beside the chat: plain HTML from the server, links and forms, no script, no sign-in."""
