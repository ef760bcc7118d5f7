"""Drive real iPhones through what iOS does to an app behind the user's back, and prove what came of it."""
