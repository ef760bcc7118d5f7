"""Sources: each watches one thing, says how far it has come, and owns up to what it lost.

A source writes facts to the timeline as they come. ``settle(now)`` makes it prove that it has shown
everything up to a moment, which it records as a watermark. What it cannot prove stays unproven: a
source that lags or broke has no watermark there, and the verdict takes that into account.
"""
