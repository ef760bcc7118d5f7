"""Sources: the half of watching that asks the phone. Each hands items to the recorder and judges nothing.

``settle(now)`` makes a source ask for a proof that everything up to a moment has come; whether one came is
an item too. A connection that died is opened anew at once, and if that fails, at the next settling.
"""
