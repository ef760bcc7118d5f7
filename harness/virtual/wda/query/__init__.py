"""How elements are looked for: the languages of WebDriverAgent, over a tree that was drawn."""
