"""Feeds: the pure half of the sources. Each turns the items of one source into entries of the timeline.

A feed asks nobody and knows no clock, so a recording told again says what was said live. It owes three
things: facts; how far it has come (a watermark, only where that is proven); and what it may have missed
(a gap, which a later entry with the same source and start closes, narrows, or takes back).
"""
