"""Exceptions that Foundation raises at its caller; an app that catches none crashes."""

from __future__ import annotations


class NSGenericException(Exception):
    """Apple's exception for what an object cannot do, under Apple's name."""
