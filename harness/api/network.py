"""The phone's network, as a test takes it away and gives it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from harness.api.altering import Altering, Way
from harness.api.changes import OFF, ON
from harness.api.climbing import ways_to_switch_wifi
from harness.api.inducing import Held
from harness.errors import SetupImpossible
from harness.expect.deeds import ALL_LOST
from harness.model.facts import CELLULAR, Mark, SettingChanged, SettingRead, Source, Verb
from harness.model.ladder import By, Toggle
from harness.model.rungs import Rung
from harness.model.undo import Undo, UndoOp

NO_CONDITION = "none"


class Network(Altering):
    """The network of the test's phone; all is put back when the test ends."""

    def wifi_off(self, *, stands_in: bool = False) -> Mark:
        """Take the phone off Wi-Fi, by the first step of the ladder that is there; the cable stays.

        What has cellular goes on by it; see ``Origin.prove_out_of_reach``. An access point that devices.yaml
        names is taken where nothing switches the radio, and the timeline says so.

        Args:
            stands_in: whether a phone that stays on Wi-Fi and loses every packet will do where there is
                nothing better. It will not for a story of what an app or iOS does *because* Wi-Fi is off.

        Raises:
            CapabilityMissing: no step is there.
            SetupImpossible: the phone is reached over Wi-Fi.
        """
        self._refuse_if_cut_off("Wi-Fi")
        ways = {**self._wifi_ways(False), **self._access_point_way(False)}
        if stands_in:
            ways[By.ALL_LOST] = self._way_to_induce(ALL_LOST)
        fix = "Give the phone a `ui:` in devices.yaml, or name an `origin.access_point` there."
        mark = self._alter(Toggle.WIFI, OFF, ways, fix=fix)
        if Rung.CELLULAR not in self._session.phone.rungs:
            self._session.note(SettingRead(at=mark.at, source=Source.SETTINGS, name=CELLULAR, value="none"))
        return self._changed(mark)

    def wifi_on(self) -> Mark:
        """Give the phone its Wi-Fi back, as it was taken; it takes some seconds to be on a network again."""
        by = self._taken_by()
        if by is By.ALL_LOST:
            return self.steady()
        ways = self._access_point_way(True) if by is By.ACCESS_POINT else self._wifi_ways(True)
        return self._changed(self._alter(Toggle.WIFI, ON, ways))

    def lossy(self) -> Mark:
        """Have every packet lost, in both directions and on every interface, until ``steady()``."""
        return self.induce(ALL_LOST)

    def induce(self, condition: str) -> Mark:
        """Have the phone simulate a condition of the network until ``steady()``.

        It ends with the connection that asked for it; a verdict on what came of one that had ended is
        invalid.

        Args:
            condition: as the phone names it, such as ``SlowNetworkEdge``.

        Raises:
            CapabilityMissing: the phone knows no such condition.
        """
        self._session.changes.will_change(UndoOp(Undo.CONDITION, NO_CONDITION))
        inducing = self._induce(condition)
        return self._changed(self._session.act(Verb.INDUCE, inducing, detail=condition)[1])

    def steady(self) -> Mark:
        """End whatever condition is simulated."""
        self._session.held = None
        stopping = self._session.phone.stop_inducing()
        return self._changed(self._session.act(Verb.STOP_INDUCING, stopping)[1])

    def _refuse_if_cut_off(self, what: str) -> None:
        if Rung.UNPLUGGED in self._session.phone.rungs:
            raise SetupImpossible(
                f"it is reached over Wi-Fi, and without {what} nothing reaches it",
                phone=self._session.phone.identity.name,
                fix="Plug its cable in, and allow `connection: usb` in devices.yaml.",
            )

    def _wifi_ways(self, on: bool) -> dict[By, Way]:
        verb = Verb.WIFI_ON if on else Verb.WIFI_OFF
        taking = ways_to_switch_wifi(self._session.phone, on)
        was: Mapping[By, Callable[[], Awaitable[UndoOp]]] = {
            By.SETTINGS: self._wifi_read,
            By.SIRI: self._wifi_read,
        }
        return {by: Way(was.get(by, self._wifi_known), take, verb) for by, take in taking.items()}

    async def _wifi_known(self) -> UndoOp:
        """Nothing tells over the cable whether it is on; a phone that tests are run on is on Wi-Fi.

        It is not read from the screen: that would send away the app that is to lose its network.
        """
        return UndoOp(Undo.WIFI, ON)

    async def _wifi_read(self) -> UndoOp:
        return UndoOp(Undo.WIFI, ON if await self._session.phone.ui.wifi() else OFF)

    def _access_point_way(self, on: bool) -> dict[By, Way]:
        access_point, udid = self._session.access_point, self._session.phone.identity.udid
        if access_point is None:
            return {}
        verb = Verb.WIFI_ON if on else Verb.WIFI_OFF
        way = Way(self._wifi_known, lambda: access_point.switch(on, udid), verb, f"by {By.ACCESS_POINT}")
        return {By.ACCESS_POINT: way}

    def _way_to_induce(self, condition: str) -> Way:
        async def nothing_induced() -> UndoOp:
            return UndoOp(Undo.CONDITION, NO_CONDITION)

        return Way(nothing_induced, lambda: self._induce(condition), Verb.INDUCE, condition)

    async def _induce(self, condition: str) -> None:
        induced = await self._session.phone.induce(condition)
        self._session.held = Held(condition, induced)

    def _taken_by(self) -> By | None:
        """The step by which Wi-Fi was taken away last."""
        changed = self._session.timeline.evidence().of(SettingChanged)
        wifi = [fact for fact in changed if fact.toggle is Toggle.WIFI]
        return wifi[-1].by if wifi and wifi[-1].value == OFF else None
