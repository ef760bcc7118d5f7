"""What Settings says, in every language that a virtual phone speaks. Data only.

The words are iOS's own as far as they are known. Those that public test scripts look for are documented; all
others are from memory, which is as good as guessed. Only what a page has to be found by needs to be right to
the letter; that is what the source of a row is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.virtual.versions.row import Row, Standing

_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED
_MEMORY = "from memory"


class Word(StrEnum):
    """What a text is about; the same in every language."""

    SETTINGS = "title of Settings"
    BACK = "back"
    OFF = "off"
    ON = "on"
    NOT_CONNECTED = "Wi-Fi on, not connected"
    NETWORK = "name of the network"
    AIRPLANE = "airplane mode"
    WIFI = "Wi-Fi"
    WIFI_SWITCH = "Wi-Fi, of the switch"
    BLUETOOTH = "Bluetooth"
    CELLULAR = "cellular"
    NOTIFICATIONS = "notifications"
    SOUNDS = "sounds"
    FOCUS = "focus"
    SCREEN_TIME = "screen time"
    GENERAL = "general"
    CONTROL_CENTRE = "control centre"
    DISPLAY = "display"
    HOME_SCREEN = "home screen"
    ACCESSIBILITY = "accessibility"
    WALLPAPER = "wallpaper"
    SIRI = "Siri"
    PASSCODE = "passcode"
    BATTERY = "battery"
    PRIVACY = "privacy"
    APPS = "apps"
    ABOUT = "about"
    SOFTWARE_UPDATE = "software update"
    AIRDROP = "AirDrop"
    AIRPLAY = "AirPlay"
    STORAGE = "storage"
    REFRESH = "background app refresh"
    REFRESH_WIFI = "refresh over Wi-Fi"
    REFRESH_BOTH = "refresh over Wi-Fi and cellular"
    DATE = "date and time"
    KEYBOARD = "keyboard"
    LANGUAGE = "language"
    RESET = "reset"
    LOW_POWER = "low power mode"
    PERCENTAGE = "battery percentage"


@dataclass(frozen=True)
class Text:
    """A word in three languages.

    Attributes:
        en: English.
        de: German.
        fr: French.
        source: where the English one is from; the others are from memory unless it says so.
        standing: how far to trust the English one.
    """

    en: str
    de: str
    fr: str
    source: str = _MEMORY
    standing: Standing = _GUESS


_SCRIPTS = "public test scripts look for the English one"
_U2011 = "public test scripts: with U+2011 in English; the others from memory"

TEXTS: Mapping[Word, Text] = {
    Word.SETTINGS: Text("Settings", "Einstellungen", "Réglages", _SCRIPTS, _DOC),
    Word.BACK: Text("Back", "Zurück", "Retour", "Appium's driver looks for the English one", _DOC),
    Word.OFF: Text("Off", "Aus", "Désactivé", _SCRIPTS, _DOC),
    Word.ON: Text("On", "Ein", "Activé"),
    Word.NOT_CONNECTED: Text("Not Connected", "Nicht verbunden", "Non connecté", _SCRIPTS, _DOC),
    Word.NETWORK: Text("Lab", "Lab", "Lab", "the model's own: one network, wherever there is one"),
    Word.AIRPLANE: Text("Airplane Mode", "Flugmodus", "Mode Avion", _SCRIPTS, _DOC),
    Word.WIFI: Text("Wi-Fi", "WLAN", "Wi-Fi", _SCRIPTS, _DOC),
    Word.WIFI_SWITCH: Text("Wi\u2011Fi", "WLAN", "Wi\u2011Fi", _U2011, _DOC),
    Word.BLUETOOTH: Text("Bluetooth", "Bluetooth", "Bluetooth"),
    Word.CELLULAR: Text("Cellular", "Mobilfunk", "Données cellulaires"),
    Word.NOTIFICATIONS: Text("Notifications", "Mitteilungen", "Notifications"),
    Word.SOUNDS: Text("Sounds & Haptics", "Töne & Haptik", "Sons et vibrations"),
    Word.FOCUS: Text("Focus", "Fokus", "Concentration"),
    Word.SCREEN_TIME: Text("Screen Time", "Bildschirmzeit", "Temps d’écran"),
    Word.GENERAL: Text("General", "Allgemein", "Général", _SCRIPTS, _DOC),
    Word.CONTROL_CENTRE: Text("Control Center", "Kontrollzentrum", "Centre de contrôle"),
    Word.DISPLAY: Text("Display & Brightness", "Anzeige & Helligkeit", "Luminosité et affichage"),
    Word.HOME_SCREEN: Text("Home Screen & App Library", "Home-Bildschirm", "Écran d’accueil"),
    Word.ACCESSIBILITY: Text("Accessibility", "Bedienungshilfen", "Accessibilité"),
    Word.WALLPAPER: Text("Wallpaper", "Hintergrundbild", "Fond d’écran"),
    Word.SIRI: Text("Siri & Search", "Siri & Suchen", "Siri et recherche"),
    Word.PASSCODE: Text("Passcode", "Code", "Code"),
    Word.BATTERY: Text("Battery", "Batterie", "Batterie"),
    Word.PRIVACY: Text("Privacy & Security", "Datenschutz & Sicherheit", "Confidentialité et sécurité"),
    Word.APPS: Text("Apps", "Apps", "Apps"),
    Word.ABOUT: Text("About", "Info", "Informations"),
    Word.SOFTWARE_UPDATE: Text("Software Update", "Softwareupdate", "Mise à jour logicielle"),
    Word.AIRDROP: Text("AirDrop", "AirDrop", "AirDrop"),
    Word.AIRPLAY: Text("AirPlay & Handoff", "AirPlay & Handoff", "AirPlay et Handoff"),
    Word.STORAGE: Text("iPhone Storage", "iPhone-Speicher", "Stockage iPhone"),
    Word.REFRESH: Text(
        "Background App Refresh", "Hintergrundaktualisierung", "Actualisation en arrière-plan", _SCRIPTS, _DOC
    ),
    Word.REFRESH_WIFI: Text("Wi-Fi", "WLAN", "Wi-Fi", "the order of the choices is known, §5"),
    Word.REFRESH_BOTH: Text(
        "Wi-Fi & Cellular Data", "WLAN & Mobile Daten", "Wi-Fi et données cellulaires", "§5: the English one"
    ),
    Word.DATE: Text("Date & Time", "Datum & Uhrzeit", "Date et heure"),
    Word.KEYBOARD: Text("Keyboard", "Tastatur", "Clavier"),
    Word.LANGUAGE: Text("Language & Region", "Sprache & Region", "Langue et région"),
    Word.RESET: Text(
        "Transfer or Reset iPhone", "iPhone übertragen/zurücksetzen", "Transférer ou réinitialiser l’iPhone"
    ),
    Word.LOW_POWER: Text("Low Power Mode", "Stromsparmodus", "Mode économie d’énergie"),
    Word.PERCENTAGE: Text("Battery Percentage", "Batterieladung in %", "Pourcentage"),
}
"""Every word."""

LANGUAGES = ("en", "de", "fr")
"""The languages there are words of."""


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Args:
        language: ``en``, ``de`` or ``fr``; a phone set to any other reads English.
    """

    language: str

    def __call__(self, word: Word) -> str:
        """The word in that language."""
        text = TEXTS[word]
        return {"de": text.de, "fr": text.fr}.get(self.language, text.en)


WORD_RULES: tuple[Row, ...] = tuple(
    Row(
        f"{word.value} in {language}",
        Words(language)(word),
        text.source if language == "en" else _MEMORY,
        text.standing if language == "en" else _GUESS,
    )
    for word, text in TEXTS.items()
    for language in LANGUAGES
)
"""Every word of every language, where it is from and how far to trust it."""
