"""What answers the routes, by concern; each module ends with its part of the table."""
