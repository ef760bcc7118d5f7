"""pymobiledevice3's own device tests, run unmodified against virtual phones and held to a table."""
