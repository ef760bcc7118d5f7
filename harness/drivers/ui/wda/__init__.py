"""WebDriverAgent over HTTP: what a screen takes, with nothing in between."""
