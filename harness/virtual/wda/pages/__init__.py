"""What a phone shows, page by page, drawn from its kernel."""
