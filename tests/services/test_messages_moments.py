"""How moments read in every language, on both sides of a change of the clocks."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest

from services.messages.languages import Language
from services.messages.moments import when

EN, UK, RU = Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN
NOVEMBER = datetime(2026, 11, 24, 8, tzinfo=UTC)
JULY = datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "language", "said"),
    [
        (NOVEMBER, "Europe/Kyiv", EN, "Tue 24 Nov 2026, 10:00 (Kyiv time, GMT+2)"),
        (NOVEMBER, "Europe/Kyiv", UK, "вт, 24 листопада 2026 р., 10:00 (час: Київ, GMT+2)"),
        (NOVEMBER, "Europe/Kyiv", RU, "вт, 24 ноября 2026 г., 10:00 (время: Киев, GMT+2)"),
        (JULY, "Europe/Kyiv", EN, "Wed 1 Jul 2026, 11:00 (Kyiv time, GMT+3)"),
        (JULY, "Europe/Kyiv", UK, "ср, 1 липня 2026 р., 11:00 (час: Київ, GMT+3)"),
        (JULY, "Europe/Kyiv", RU, "ср, 1 июля 2026 г., 11:00 (время: Киев, GMT+3)"),
        (NOVEMBER, "Europe/Berlin", EN, "Tue 24 Nov 2026, 09:00 (Berlin time, GMT+1)"),
        (NOVEMBER, "Europe/Berlin", UK, "вт, 24 листопада 2026 р., 09:00 (час: Берлін, GMT+1)"),
        (NOVEMBER, "Europe/Berlin", RU, "вт, 24 ноября 2026 г., 09:00 (время: Берлин, GMT+1)"),
        (NOVEMBER, "America/New_York", EN, "Tue 24 Nov 2026, 03:00 (New York time, GMT-5)"),
        (
            NOVEMBER,
            "America/New_York",
            UK,
            "вт, 24 листопада 2026 р., 03:00 (час: Нью-Йорк, GMT-5)",
        ),
        (JULY, "America/New_York", RU, "ср, 1 июля 2026 г., 04:00 (время: Нью-Йорк, GMT-4)"),
        (NOVEMBER, "UTC", EN, "Tue 24 Nov 2026, 08:00 (UTC)"),
        (NOVEMBER, "Etc/UTC", UK, "вт, 24 листопада 2026 р., 08:00 (UTC)"),
        (NOVEMBER, "GMT", RU, "вт, 24 ноября 2026 г., 08:00 (UTC)"),
    ],
)
def test_a_moment_is_said_like_this(
    moment: datetime, zone: str, language: Language, said: str
) -> None:
    assert when(moment, zone, language) == said


@pytest.mark.parametrize(
    ("moment", "zone", "said"),
    [
        # The clocks of Berlin go from 02:00 to 03:00 …
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Europe/Berlin", "01:59 (Berlin time, GMT+1)"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Europe/Berlin", "03:00 (Berlin time, GMT+2)"),
        # … and back from 03:00 to 02:00: the same clock time twice, an hour apart.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", "02:30 (Berlin time, GMT+2)"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin", "02:30 (Berlin time, GMT+1)"),
    ],
)
def test_on_both_sides_of_a_change_of_the_clocks_nobody_is_in_doubt(
    moment: datetime, zone: str, said: str
) -> None:
    assert when(moment, zone, EN).endswith(f", {said}")


@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("Asia/Kolkata", "13:30 (Kolkata time, GMT+5:30)"),
        ("Asia/Kathmandu", "13:45 (Kathmandu time, GMT+5:45)"),
        ("America/St_Johns", "04:30 (St. John’s time, GMT-3:30)"),
        ("Europe/London", "08:00 (London time, GMT)"),
        ("America/Argentina/Buenos_Aires", "05:00 (Buenos Aires time, GMT-3)"),
        ("America/Indiana/Indianapolis", "03:00 (Indianapolis time, GMT-5)"),
        # Names that a zone once had
        ("Europe/Kiev", "10:00 (Kyiv time, GMT+2)"),
        ("US/Eastern", "03:00 (New York time, GMT-5)"),
        # A zone that is nowhere has but its distance
        ("Etc/GMT+5", "03:00 (GMT-5)"),
    ],
)
def test_a_clock_is_named_by_its_city_and_its_distance(zone: str, clock: str) -> None:
    assert when(NOVEMBER, zone, EN) == f"Tue 24 Nov 2026, {clock}"


@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("Asia/Kolkata", "13:30 (час: Колката, GMT+5:30)"),
        ("America/Argentina/Buenos_Aires", "05:00 (час: Буенос-Айрес, GMT-3)"),
        ("Europe/Kiev", "10:00 (час: Київ, GMT+2)"),
        ("Europe/Uzhgorod", "10:00 (час: Київ, GMT+2)"),
        ("Asia/Ho_Chi_Minh", "15:00 (час: Хошимін, GMT+7)"),
    ],
)
def test_zones_that_were_renamed_have_their_city_in_the_language(zone: str, clock: str) -> None:
    assert when(NOVEMBER, zone, UK) == f"вт, 24 листопада 2026 р., {clock}"


def test_a_moment_in_another_offset_is_the_same_moment() -> None:
    new_year = datetime.fromisoformat("2026-12-31T18:30:00-05:00")
    assert when(new_year, "Asia/Kolkata", EN) == "Fri 1 Jan 2027, 05:00 (Kolkata time, GMT+5:30)"


@pytest.mark.parametrize("unknown", ["Mars/Olympus", "UTC+2", "", "../etc", "/etc/passwd", "a\0b"])
@pytest.mark.parametrize("language", Language)
def test_a_zone_that_nobody_knows_is_read_as_utc(unknown: str, language: Language) -> None:
    assert when(NOVEMBER, unknown, language) == when(NOVEMBER, "UTC", language)


@pytest.mark.parametrize("language", Language)
def test_every_zone_of_the_world_can_be_said(language: Language) -> None:
    for zone in available_timezones():
        said = when(NOVEMBER, zone, language)
        assert ", GMT" in said or "(GMT" in said or said.endswith("(UTC)"), zone
        assert "_" not in said, zone
