"""What is taken out of everything that a run leaves behind: the rules, each with an example.

Theory. A report is read by people who must not learn who owns a phone or how to log in somewhere, and
who still have to follow the story. So a value is replaced by a pseudonym: the same value by the same one
for the length of a run, whatever surrounds it. Run nonces, session identifiers, process identifiers and
bundle identifiers are no secrets, and no rule matches one: what is judged again is judged the same.

An app writes what it likes, so no rule may look farther from each place of a text than a fixed number of
characters before it knows: repetitions are bounded where a text could make them start over and over.

Rules are applied in the order of the table. A login within a URL comes before addresses of mail, because
``pw@db.example.com`` looks like one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One kind of thing that must not be told.

    Attributes:
        what: the word that its pseudonyms begin with.
        pattern: regular expression; its group ``secret`` is replaced, or all of it when there is none.
        example: a text with one.
        becomes: what the example becomes, if it is the first thing that is replaced.
        keeps: so many last characters stay, for telling two phones apart.
        unasked: whether it is applied without being asked for.
    """

    what: str
    pattern: str
    example: str
    becomes: str
    keeps: int = 0
    unasked: bool = True


RULES: tuple[Rule, ...] = (
    Rule(
        "udid",
        r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{8}-[0-9A-Fa-f]{16}|[0-9a-f]{40}|[0-9A-F]{40})(?![0-9A-Za-z])",
        "lost 00008120-001A2C3E0A38401E",
        "lost [udid-…401E]",
        keeps=4,
    ),
    Rule(
        "serial",
        r"(?i)\bserial(?:[ _-]?number)?\W{1,4}(?P<secret>(?=[A-Z]*\d)[A-Z0-9]{8,14})\b",
        "SerialNumber: F2LXH7K3N70M",
        "SerialNumber: [serial-…N70M]",
        keeps=4,
    ),
    Rule(
        "imei",
        r"(?i)\bimei\W{1,4}(?P<secret>\d{2}[ -]?\d{6}[ -]?\d{6}[ -]?\d)\b",
        "IMEI: 35 209900 176148 1",
        "IMEI: [imei-1]",
    ),
    Rule(
        "login",
        r"\b[A-Za-z][A-Za-z0-9+.-]{0,30}://(?P<secret>[^/\s:@\"']{0,200}:[^/\s@\"']{1,400}|[^/\s:@\"']{1,400})@",
        "store: postgresql://farm:s3cret@db.example.com/farm",
        "store: postgresql://[login-1]@db.example.com/farm",
    ),
    Rule(
        "header",
        r"(?i)\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key)\b[\\\"']*\s*[:=]\s*[\\\"']*"
        r"(?P<secret>[^\r\n\\\"']+)",
        "Authorization: Basic YW5uYTpodW50ZXIy",
        "Authorization: [header-1]",
    ),
    Rule(
        "token",
        r"(?i)\bbearer\s+(?P<secret>[A-Za-z0-9._~+/-]{8,}=*)",
        "sent Bearer 8a71c0ffee.x-y",
        "sent Bearer [token-1]",
    ),
    Rule(
        "token",
        r"(?<![\w-])eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*",
        "jwt eyJhbGciOiJI.eyJzdWIiOiIx.c2ln",
        "jwt [token-1]",
    ),
    Rule(
        "query",
        r"(?i)[?&;](?:x-amz-[\w-]+|x-goog-[\w-]+|sig|signature|token|access_token|id_token|api_?key|key|policy"
        r"|credential|key-pair-id|awsaccesskeyid)=(?P<secret>[^&#\s\\\"'<>]+)",
        "GET /e42.mp4?part=2&X-Amz-Signature=9f8e7d6c",
        "GET /e42.mp4?part=2&X-Amz-Signature=[query-1]",
    ),
    Rule(
        "password",
        r"(?i)\b(?:password|passwd|passcode|secret|api[_-]?key|access[_-]?token|private[_-]?key)\b[\\\"']*"
        r"\s*[:=]\s*[\\\"']*(?P<secret>[^\s\\\"',;&]+)",
        "password=hunter2",
        "password=[password-1]",
    ),
    Rule(
        "mail",
        r"[\w.+-]{1,64}@(?![23]x\.)[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[A-Za-z]{2,63}\b",
        "signed in as anna.berg@example.com",
        "signed in as [mail-1]",
    ),
    Rule(
        "bssid",
        r"(?i)(?<![0-9a-f:.])(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}(?![0-9a-f:.])",
        "joined a4:83:e7:1:2b:cd",
        "joined [bssid-1]",
    ),
    Rule(
        "wifi",
        r"(?i)\b(?:ssid|wi-?fi network|network name)\b[\\\"']*\s*(?:[:=]|is)?\s*\\?[\"“]"
        r"(?P<secret>[^\"\\”]+)",
        'SSID: "Villa Berg 5G"',
        'SSID: "[wifi-1]"',
    ),
    Rule(
        "wifi",
        r"(?i)\b(?:ssid|wi-?fi network|network name)\s*[:=]\s*(?P<secret>[^\s\\\"“',;>)]+)",
        "ssid=VillaBerg channel=6",
        "ssid=[wifi-1] channel=6",
    ),
    Rule(
        "phone",
        r"(?<![\w.+±-])\+(?=(?:[ ()-]{0,2}\d){8,15}(?![\d.]))\d[\d ()-]{6,18}\d",
        "called +49 170 1234567",
        "called [phone-1]",
    ),
    Rule(
        "phone",
        r"(?<![\w.-])(?:\(\d{3}\) ?|\d{3}-)\d{3}-\d{4}(?![\w-])",
        "called (415) 555-0132",
        "called [phone-1]",
    ),
    Rule(
        "person",
        r"(?P<secret>\b[^\W\d_][\w-]{0,60})['’]s (?:iPhone|iPad|iPod|Apple Watch|MacBook|Mac|AirPods)\b",
        "Anna's iPhone is locked",
        "[person-1]'s iPhone is locked",
    ),
    Rule(
        "person",
        r"\b(?:iPhone|iPad|iPod) (?:von|van|de|di|do|da|of) (?P<secret>[A-Z][\w-]*)",
        "iPhone von Anna ist gesperrt",
        "iPhone von [person-1] ist gesperrt",
    ),
    Rule(
        "user",
        r"(?:/Users/|/home/|\b[A-Z]:\\+Users\\+)(?P<secret>[^/\s:\\\"',;]+)",
        "rootdir: /Users/anna/app",
        "rootdir: /Users/[user-1]/app",
    ),
    Rule(
        "address",
        r"(?<![\d.])(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})"
        r"(?![\d.])",
        "origin at 192.168.178.20",
        "origin at [address-1]",
        unasked=False,
    ),
)
"""Every rule there is; ``docs/report.md`` and the tests are read off this table."""

SECRET_KEYS = frozenset(
    {"password", "passcode", "secret", "token", "authorization", "cookie", "ssid", "bssid"}
)
"""Names of fields whose text is replaced whole, whatever it looks like."""
