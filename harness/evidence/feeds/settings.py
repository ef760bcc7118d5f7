"""Settings and conditions, read back."""

from __future__ import annotations

from harness.evidence.items import SettingsRead
from harness.evidence.record import Entry
from harness.model.facts import SettingRead, Source


class SettingFeed:
    """Settings as facts; a look covers its own moment, so it sets no watermark."""

    def came(self, item: SettingsRead) -> list[Entry]:
        """One fact for each setting."""
        return [
            SettingRead(at=item.asked, source=Source.SETTINGS, name=setting.name, value=setting.value)
            for setting in item.settings
        ]
