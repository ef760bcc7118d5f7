"""The screens of iOS: what is on them, by tables of locators, and how a person works them.

Pages are written against ``Backend`` alone. What they look for is data (``locators.yaml``, a table per range
of iOS versions); what they do with it is code. None of them trusts a touch: each reads what came of it.
"""
