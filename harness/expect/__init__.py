"""Questions over a timeline, and the verdicts they come to. Pure: a stored timeline needs no phone."""
