"""From a source's raw item to a fact on the timeline."""
