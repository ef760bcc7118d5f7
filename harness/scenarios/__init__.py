"""The shipped catalogue: one story per test, runnable against any app that has a profile."""
