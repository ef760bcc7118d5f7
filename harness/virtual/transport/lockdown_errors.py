"""How lockdownd says no. Source of the words: error tables of libimobiledevice and pymobiledevice3."""

from __future__ import annotations

from enum import StrEnum


class Refused(StrEnum):
    """``Error`` of an answer."""

    GET_PROHIBITED = "GetProhibited"
    INVALID_HOST_ID = "InvalidHostID"
    INVALID_PAIR_RECORD = "InvalidPairRecord"
    INVALID_REQUEST = "InvalidRequest"
    INVALID_SERVICE = "InvalidService"
    INVALID_SESSION_ID = "InvalidSessionID"
    MISSING_KEY = "MissingKey"
    MISSING_SERVICE = "MissingService"
    MISSING_VALUE = "MissingValue"
    PAIRING_DIALOG_PENDING = "PairingDialogResponsePending"
    PAIRING_PROHIBITED_HERE = "PairingProhibitedOverThisConnection"
    PASSWORD_PROTECTED = "PasswordProtected"
    REMOVE_PROHIBITED = "RemoveProhibited"
    SESSION_ACTIVE = "SessionActive"
    SESSION_INACTIVE = "SessionInactive"
    SET_PROHIBITED = "SetProhibited"
    USER_DENIED_PAIRING = "UserDeniedPairing"


class LockdownRefusal(Exception):
    """The answer is an error, under the name that clients know."""
