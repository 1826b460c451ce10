"""Open slots on ordinary days, across clock changes, and as properties over made-up hosts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.slots import Interval, SlotRules, WeeklyHours, is_open, open_slots

KYIV = ZoneInfo("Europe/Kyiv")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
KATHMANDU = ZoneInfo("Asia/Kathmandu")

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEVER = timedelta()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rules(
    *,
    duration: timedelta = HOUR,
    step: timedelta = HOUR,
    before: timedelta = NEVER,
    after: timedelta = NEVER,
    notice: timedelta = NEVER,
    horizon: timedelta = timedelta(days=400),
    cap: int | None = None,
) -> SlotRules:
    return SlotRules(duration, step, before, after, notice, horizon, cap)


def every_day(opens: int, closes: int) -> list[WeeklyHours]:
    """Hours from one full hour to another, each day."""
    return [WeeklyHours(weekday, opens * 60, closes * 60) for weekday in range(7)]


def local_day(zone: ZoneInfo, year: int, month: int, day: int) -> Interval:
    start = datetime(year, month, day, tzinfo=zone)
    return Interval(start, start + DAY)


@dataclass(frozen=True)
class Question:
    """What `open_slots` is asked."""

    hours: Sequence[WeeklyHours]
    zone: ZoneInfo
    rules: SlotRules
    busy: Sequence[Interval]
    taken_per_day: Mapping[date, int]
    between: Interval
    now: datetime

    def answer(self) -> list[Interval]:
        return open_slots(
            hours=self.hours,
            zone=self.zone,
            rules=self.rules,
            busy=self.busy,
            taken_per_day=self.taken_per_day,
            between=self.between,
            now=self.now,
        )

    def is_open(self, start: datetime) -> bool:
        return is_open(
            start,
            hours=self.hours,
            zone=self.zone,
            rules=self.rules,
            busy=self.busy,
            taken_per_day=self.taken_per_day,
            now=self.now,
        )


def starts(
    zone: ZoneInfo,
    hours: Sequence[WeeklyHours],
    between: Interval,
    how: SlotRules | None = None,
    *,
    busy: Sequence[Interval] = (),
    taken: dict[date, int] | None = None,
    now: datetime = NOW,
) -> list[str]:
    """The starts as the host's clock shows them, with their offset from UTC."""
    slots = open_slots(
        hours=hours,
        zone=zone,
        rules=how or rules(),
        busy=busy,
        taken_per_day=taken or {},
        between=between,
        now=now,
    )
    return [slot.start.astimezone(zone).strftime("%d %H:%M%z") for slot in slots]


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of June 2026; the 1st is a Monday."""
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


WEEK = Interval(utc(1, 0), utc(8, 0))


# --- ordinary days -------------------------------------------------------------------------------


def test_a_window_is_cut_into_sessions_that_end_by_its_closing() -> None:
    monday = [WeeklyHours(0, 9 * 60, 11 * 60 + 30)]

    assert starts(KATHMANDU, monday, WEEK) == ["01 09:00+0545", "01 10:00+0545"]


def test_a_slot_is_the_session_itself_in_utc() -> None:
    slots = open_slots(
        hours=[WeeklyHours(0, 9 * 60, 10 * 60)],
        zone=KYIV,
        rules=rules(before=30 * MINUTE, after=15 * MINUTE),
        busy=[],
        taken_per_day={},
        between=WEEK,
        now=NOW,
    )

    assert slots == [Interval(utc(1, 6), utc(1, 7))]
    assert slots[0].start.tzinfo is UTC


def test_starts_are_counted_from_the_opening_and_not_from_the_search() -> None:
    monday = [WeeklyHours(0, 9 * 60 + 10, 12 * 60)]
    search = Interval(utc(1, 9, 25), utc(8, 0))

    assert starts(ZoneInfo("UTC"), monday, search, rules(step=20 * MINUTE)) == [
        "01 09:30+0000",
        "01 09:50+0000",
        "01 10:10+0000",
        "01 10:30+0000",
        "01 10:50+0000",
    ]


def test_the_search_takes_its_first_moment_and_leaves_its_last() -> None:
    assert starts(ZoneInfo("UTC"), every_day(9, 17), Interval(utc(1, 10), utc(1, 12))) == [
        "01 10:00+0000",
        "01 11:00+0000",
    ]


def test_no_hours_no_slots() -> None:
    assert starts(KYIV, [], WEEK) == []


def test_windows_that_touch_are_one() -> None:
    monday = [WeeklyHours(0, 10 * 60 + 30, 12 * 60), WeeklyHours(0, 9 * 60, 10 * 60 + 30)]

    assert starts(ZoneInfo("UTC"), monday, WEEK) == [
        "01 09:00+0000",
        "01 10:00+0000",
        "01 11:00+0000",
    ]


def test_windows_that_overlap_offer_no_start_twice() -> None:
    monday = [WeeklyHours(0, 540, 700), WeeklyHours(0, 540, 720), WeeklyHours(0, 560, 600)]

    assert starts(ZoneInfo("UTC"), monday, WEEK) == [
        "01 09:00+0000",
        "01 10:00+0000",
        "01 11:00+0000",
    ]


def test_a_window_runs_over_midnight_and_over_the_end_of_the_week() -> None:
    sunday_night = [WeeklyHours(6, 22 * 60 + 30, 1440), WeeklyHours(0, 0, 2 * 60)]
    search = Interval(utc(7, 12), utc(8, 12))

    assert starts(ZoneInfo("UTC"), sunday_night, search) == [
        "07 22:30+0000",
        "07 23:30+0000",
        "08 00:30+0000",
    ]


def test_a_host_who_never_closes_counts_from_each_midnight() -> None:
    search = Interval(utc(1, 22), utc(2, 3))

    assert starts(ZoneInfo("UTC"), every_day(0, 24), search, rules(step=100 * MINUTE)) == [
        "01 23:20+0000",
        "02 00:00+0000",
        "02 01:40+0000",
    ]


def test_buffers_keep_away_from_what_is_busy_to_the_minute() -> None:
    how = rules(duration=30 * MINUTE, step=10 * MINUTE, before=10 * MINUTE, after=20 * MINUTE)
    busy = [Interval(utc(1, 10), utc(1, 11))]

    assert starts(ZoneInfo("UTC"), [WeeklyHours(0, 540, 720)], WEEK, how, busy=busy) == [
        "01 09:00+0000",
        "01 09:10+0000",
        "01 11:10+0000",
        "01 11:20+0000",
        "01 11:30+0000",
    ]


def test_a_session_fits_exactly_between_two_busy_times() -> None:
    busy = [Interval(utc(1, 8), utc(1, 10)), Interval(utc(1, 11), utc(1, 12))]

    assert starts(ZoneInfo("UTC"), [WeeklyHours(0, 540, 720)], WEEK, busy=busy) == ["01 10:00+0000"]


def test_an_empty_busy_time_blocks_nothing() -> None:
    busy = [Interval(utc(1, 9, 30), utc(1, 9, 30))]

    assert starts(ZoneInfo("UTC"), [WeeklyHours(0, 540, 600)], WEEK, busy=busy) == ["01 09:00+0000"]


def test_notice_and_horizon_are_both_inclusive() -> None:
    how = rules(notice=2 * HOUR, horizon=4 * HOUR)

    assert starts(ZoneInfo("UTC"), every_day(0, 24), WEEK, how, now=utc(1, 8)) == [
        "01 10:00+0000",
        "01 11:00+0000",
        "01 12:00+0000",
    ]


def test_a_full_day_of_the_host_is_closed_and_the_next_is_not() -> None:
    search = Interval(utc(1, 12), utc(2, 12))
    hours = [WeeklyHours(0, 23 * 60, 1440), WeeklyHours(1, 0, 60)]

    offered = starts(KATHMANDU, hours, search, rules(cap=2), taken={date(2026, 6, 1): 2})

    assert offered == ["02 00:00+0545"]


def test_a_cap_counts_up_to_the_cap_only() -> None:
    monday = [WeeklyHours(0, 540, 600)]

    assert starts(KYIV, monday, WEEK, rules(cap=2), taken={date(2026, 6, 1): 1}) != []
    assert starts(KYIV, monday, WEEK, rules(cap=0)) == []
    assert starts(KYIV, monday, WEEK, taken={date(2026, 6, 1): 99}) != []


def test_is_open_wants_the_exact_start() -> None:
    def answer(start: datetime) -> bool:
        return is_open(
            start,
            hours=[WeeklyHours(0, 540, 660)],
            zone=ZoneInfo("UTC"),
            rules=rules(),
            busy=[Interval(utc(1, 10), utc(1, 11))],
            taken_per_day={},
            now=NOW,
        )

    assert answer(utc(1, 9))
    assert answer(datetime(2026, 6, 1, 14, 45, tzinfo=KATHMANDU))
    assert not answer(utc(1, 9, 1))
    assert not answer(utc(1, 10))
    assert not answer(utc(2, 9))
    assert not answer(datetime.max.replace(tzinfo=UTC))
    assert not answer(datetime.min.replace(tzinfo=UTC))


# --- clock changes -------------------------------------------------------------------------------


def test_spring_in_kyiv_skips_the_hour_that_does_not_exist() -> None:
    """29 March 2026: at 03:00 the clock goes to 04:00."""
    day = local_day(KYIV, 2026, 3, 29)

    assert starts(KYIV, every_day(1, 6), day) == [
        "29 01:00+0200",
        "29 02:00+0200",
        "29 04:00+0300",
        "29 05:00+0300",
    ]


def test_a_session_over_the_spring_gap_keeps_its_real_length() -> None:
    """From 02:00 it lasts ninety real minutes, to 04:30 on the wall."""
    day = local_day(KYIV, 2026, 3, 29)
    how = rules(duration=90 * MINUTE, step=90 * MINUTE)

    slots = open_slots(
        hours=[WeeklyHours(6, 2 * 60, 4 * 60 + 30)],
        zone=KYIV,
        rules=how,
        busy=[],
        taken_per_day={},
        between=day,
        now=NOW,
    )

    assert slots == [
        Interval(datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    ]


def test_hours_inside_the_spring_gap_do_not_open() -> None:
    assert starts(KYIV, every_day(3, 4), local_day(KYIV, 2026, 3, 29)) == []


def test_autumn_in_kyiv_offers_the_repeated_hour_once() -> None:
    """25 October 2026: at 04:00 the clock goes back to 03:00."""
    day = Interval(datetime(2026, 10, 25, tzinfo=KYIV), datetime(2026, 10, 26, tzinfo=KYIV))

    assert starts(KYIV, every_day(2, 6), day) == [
        "25 02:00+0300",
        "25 03:00+0300",
        "25 04:00+0200",
        "25 05:00+0200",
    ]


def test_the_second_pass_of_a_repeated_hour_is_never_a_start_but_is_working_time() -> None:
    asked = Question(
        hours=[WeeklyHours(6, 3 * 60, 4 * 60)],
        zone=KYIV,
        rules=rules(duration=2 * HOUR),
        busy=[],
        taken_per_day={},
        between=local_day(KYIV, 2026, 10, 25),
        now=NOW,
    )
    first_pass = datetime(2026, 10, 25, 0, tzinfo=UTC)
    second_pass = datetime(2026, 10, 25, 1, tzinfo=UTC)

    assert asked.is_open(first_pass)
    assert not asked.is_open(second_pass)
    assert not replace(asked, rules=rules()).is_open(second_pass)


def test_hours_that_open_within_the_repeated_hour_stay_shut_in_its_second_start() -> None:
    """Open 03:30 to 04:30: between the passes, the wall shows 03:00 to 03:30 and is closed."""
    hours = [WeeklyHours(6, 3 * 60 + 30, 4 * 60 + 30)]
    day = Interval(datetime(2026, 10, 25, tzinfo=KYIV), datetime(2026, 10, 26, tzinfo=KYIV))

    assert starts(KYIV, hours, day, rules(duration=30 * MINUTE, step=30 * MINUTE)) == [
        "25 03:30+0300",
        "25 04:00+0200",
    ]
    assert starts(KYIV, hours, day, rules(duration=31 * MINUTE, step=30 * MINUTE)) == []


def test_both_clock_changes_in_new_york() -> None:
    spring, autumn = local_day(NEW_YORK, 2026, 3, 8), local_day(NEW_YORK, 2026, 11, 1)

    assert starts(NEW_YORK, every_day(1, 4), spring) == ["08 01:00-0500", "08 03:00-0400"]
    assert starts(NEW_YORK, every_day(0, 4), autumn) == [
        "01 00:00-0400",
        "01 01:00-0400",
        "01 02:00-0500",
        "01 03:00-0500",
    ]


def test_half_hour_clock_changes_on_lord_howe() -> None:
    """5 April 2026: 02:00 goes back to 01:30. 4 October 2026: 02:00 goes to 02:30."""
    how = rules(duration=30 * MINUTE, step=30 * MINUTE)
    autumn, spring = local_day(LORD_HOWE, 2026, 4, 5), local_day(LORD_HOWE, 2026, 10, 4)

    assert starts(LORD_HOWE, every_day(1, 3), autumn, how) == [
        "05 01:00+1100",
        "05 01:30+1100",
        "05 02:00+1030",
        "05 02:30+1030",
    ]
    assert starts(LORD_HOWE, every_day(1, 3), spring, how) == [
        "04 01:00+1030",
        "04 01:30+1030",
        "04 02:30+1100",
    ]


def test_office_hours_keep_their_wall_time_through_the_change() -> None:
    friday_to_monday = Interval(
        datetime(2026, 3, 27, tzinfo=KYIV), datetime(2026, 3, 31, tzinfo=KYIV)
    )

    assert starts(KYIV, every_day(9, 10), friday_to_monday) == [
        "27 09:00+0200",
        "28 09:00+0200",
        "29 09:00+0300",
        "30 09:00+0300",
    ]


# --- what can't be said --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weekday", "opens", "closes"),
    [(7, 0, 60), (-1, 0, 60), (0, 60, 60), (0, -1, 60), (0, 0, 1441)],
)
def test_impossible_hours_are_refused(weekday: int, opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="must"):
        WeeklyHours(weekday, opens, closes)


@pytest.mark.parametrize(
    "make",
    [
        lambda: rules(duration=NEVER),
        lambda: rules(step=NEVER),
        lambda: rules(before=-MINUTE),
        lambda: rules(after=-MINUTE),
        lambda: rules(notice=-MINUTE),
        lambda: rules(horizon=-MINUTE),
        lambda: rules(cap=-1),
    ],
)
def test_impossible_rules_are_refused(make: Callable[[], SlotRules]) -> None:
    with pytest.raises(ValueError, match="must"):
        make()


def test_moments_without_an_offset_and_backward_intervals_are_refused() -> None:
    naive = utc(1, 9).replace(tzinfo=None)
    with pytest.raises(ValueError, match="offset"):
        Interval(naive, utc(1, 10))
    with pytest.raises(ValueError, match="before it starts"):
        Interval(utc(1, 10), utc(1, 9))


# --- properties ----------------------------------------------------------------------------------

UNTIMED = settings(deadline=None)

# Each search covers a clock change where the zone has one.
SEARCHES = [
    (KYIV, datetime(2026, 3, 28, 9, tzinfo=UTC)),
    (KYIV, datetime(2026, 10, 24, 9, tzinfo=UTC)),
    (NEW_YORK, datetime(2026, 3, 7, 17, tzinfo=UTC)),
    (NEW_YORK, datetime(2026, 10, 31, 17, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 4, 4, 3, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 10, 3, 3, tzinfo=UTC)),
    (KATHMANDU, datetime(2026, 6, 6, 3, tzinfo=UTC)),
]


def minutes(lowest: int, highest: int, grain: int = 5) -> st.SearchStrategy[timedelta]:
    return st.integers(lowest // grain, highest // grain).map(lambda count: count * grain * MINUTE)


@st.composite
def opening(draw: st.DrawFn) -> WeeklyHours:
    opens = draw(st.integers(0, 95)) * 15
    closes = draw(st.integers(opens // 15 + 1, 96)) * 15
    return WeeklyHours(draw(st.sampled_from([5, 6, 0])), opens, closes)


@st.composite
def interval(draw: st.DrawFn, around: datetime) -> Interval:
    start = around + draw(minutes(-300, 2400))
    return Interval(start, start + draw(minutes(0, 400)))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A search of thirty hours over a clock change."""
    zone, start = draw(st.sampled_from(SEARCHES))
    made = rules(
        duration=draw(minutes(5, 150)),
        step=draw(minutes(15, 120)),
        before=draw(minutes(0, 30)),
        after=draw(minutes(0, 30)),
        notice=draw(minutes(0, 600)),
        horizon=draw(minutes(600, 2400)),
        cap=draw(st.sampled_from([None, 1, 2])),
    )
    tomorrow = start.astimezone(zone).date() + DAY
    return Question(
        hours=draw(st.lists(opening(), max_size=5)),
        zone=zone,
        rules=made,
        busy=draw(st.lists(interval(start), max_size=5)),
        taken_per_day={tomorrow: draw(st.integers(0, 2))},
        between=Interval(start, start + 30 * HOUR),
        now=start - HOUR,
    )


def minute_of_week(instant: datetime, zone: ZoneInfo) -> int:
    wall = instant.astimezone(zone)
    return wall.weekday() * 1440 + wall.hour * 60 + wall.minute


def open_minutes(hours: Sequence[WeeklyHours]) -> set[int]:
    return {minute for hour in hours for minute in range(*hour.minutes_of_week)}


def opening_minute(minute: int, opened: set[int]) -> int:
    """The minute of the week from which starts are counted, for a minute within the hours."""
    if len(opened) == 7 * 1440:
        return minute - minute % 1440
    while (minute - 1) % (7 * 1440) in opened:
        minute -= 1
    return minute


def expected(asked: Question) -> list[Interval]:
    """The slots by brute force: every minute of the search is asked every question."""
    opened = open_minutes(asked.hours)
    how, slots = asked.rules, []
    lasts = how.duration // MINUTE
    searched = (asked.between.end - asked.between.start) // MINUTE
    moments = [asked.between.start + n * MINUTE for n in range(searched + lasts)]
    works = [minute_of_week(moment, asked.zone) in opened for moment in moments]
    for number, start in enumerate(moments[:searched]):
        slot = Interval(start, start + how.duration)
        if (
            all(works[number : number + lasts])
            and start.astimezone(asked.zone).fold == 0
            and not steps_off(start, asked, opened)
            and not any(clashes(slot, taken, how) for taken in asked.busy)
            and asked.now + how.minimum_notice <= start <= asked.now + how.horizon
            and has_room(start, asked)
        ):
            slots.append(slot)
    return slots


def steps_off(start: datetime, asked: Question, opened: set[int]) -> timedelta:
    minute = minute_of_week(start, asked.zone)
    return (minute - opening_minute(minute, opened)) * MINUTE % asked.rules.step


def clashes(slot: Interval, taken: Interval, how: SlotRules) -> bool:
    return (
        taken.start < taken.end
        and slot.start - how.buffer_before < taken.end
        and taken.start < slot.end + how.buffer_after
    )


def has_room(start: datetime, asked: Question) -> bool:
    taken = asked.taken_per_day.get(start.astimezone(asked.zone).date(), 0)
    return asked.rules.daily_cap is None or taken < asked.rules.daily_cap


@UNTIMED
@given(questions())
def test_slots_are_exactly_those_that_a_minute_by_minute_search_finds(asked: Question) -> None:
    assert asked.answer() == expected(asked)


@UNTIMED
@given(questions())
def test_slots_come_in_order_and_once(asked: Question) -> None:
    starts = [slot.start for slot in asked.answer()]

    assert starts == sorted(set(starts))


@UNTIMED
@given(questions(), minutes(15, 60))
def test_sessions_back_to_back_do_not_overlap_when_the_clock_goes_back(
    asked: Question, length: timedelta
) -> None:
    if asked.between.start.month not in {4, 10, 11} or asked.between.start.day == 3:
        return
    asked = replace(asked, rules=rules(duration=length, step=length), taken_per_day={})

    assert all(earlier.end <= later.start for earlier, later in pairwise(asked.answer()))


@UNTIMED
@given(questions(), st.data())
def test_one_more_busy_time_only_takes_slots_away(asked: Question, data: st.DataObject) -> None:
    more = data.draw(interval(asked.between.start))
    busier = replace(asked, busy=[*asked.busy, more])

    left = set(busier.answer())

    assert left <= set(asked.answer())
    assert not any(clashes(slot, more, asked.rules) for slot in left)


@UNTIMED
@given(questions())
def test_the_zone_in_which_moments_are_given_changes_nothing(asked: Question) -> None:
    def moved(moment: datetime) -> datetime:
        return moment.astimezone(timezone(-9 * HOUR))

    def elsewhere(span: Interval) -> Interval:
        return Interval(moved(span.start), span.end.astimezone(KATHMANDU))

    same = replace(
        asked,
        busy=[elsewhere(taken) for taken in reversed(asked.busy)],
        hours=list(reversed(asked.hours)),
        between=elsewhere(asked.between),
        now=moved(asked.now),
    )

    assert same.answer() == asked.answer()


@UNTIMED
@given(questions(), minutes(0, 1800))
def test_is_open_agrees_with_the_list(asked: Question, into: timedelta) -> None:
    offered = asked.answer()
    somewhere = asked.between.start + into

    assert all(asked.is_open(slot.start) for slot in offered)
    if somewhere < asked.between.end:
        assert asked.is_open(somewhere) == (somewhere in {slot.start for slot in offered})


@UNTIMED
@given(questions(), minutes(0, 1800))
def test_a_search_cut_in_two_finds_the_same(asked: Question, cut: timedelta) -> None:
    middle = asked.between.start + min(cut, 30 * HOUR)
    before = replace(asked, between=Interval(asked.between.start, middle))
    after = replace(asked, between=Interval(middle, asked.between.end))

    assert before.answer() + after.answer() == asked.answer()
