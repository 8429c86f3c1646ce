"""What a pair is worth, what forbids it, and why it is proposed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.matching import rules
from commands.matching.rules import Near, Obstacle, Past, Peer, Sort, Subject, pair
from tests.commands.matching import peers as made
from tests.commands.matching.peers import NOTHING, NOW, subject

ADA = Peer("@ada:a.org", "aarhus", "DK", ("en", "da"), ("climate.energy",), "m")
AIR = subject("climate.air", "k_air")
BUDGET = subject("gov.finance", "k_budget")
FARM = ("k_farm", "k_field", "k_barn", "k_seed", "k_soil")
TWIN = subject("dip.twinning", "k_city_twinning", "g_city")
BEN = Peer("@ben:b.org", "brno", "CZ", ("cs", "en"), ("climate.energy",), "m")


def test_help_both_ways_is_worth_more_than_twice_as_much_help_one_way() -> None:
    """What each needs and the other offers makes the best pair."""
    bus, air = subject("mobility.transport", "k_bus"), subject("climate.air", "k_air")
    mutual = rules.score(
        replace(ADA, offers=(bus,), needs=(air,)), replace(BEN, offers=(air,), needs=(bus,)), NOTHING
    )
    one_way = rules.score(replace(ADA, needs=(air, bus)), replace(BEN, offers=(air, bus)), NOTHING)
    nothing = rules.score(ADA, BEN, NOTHING)
    assert mutual - nothing > 2 * (one_way - nothing) > 0


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"theme": "climate.energy"}, {"theme": "climate"}),
        ({"theme": "climate"}, {"theme": "dip.strategy"}),
        ({"theme": "climate.air"}, {"theme": "dip.strategy"}),
        ({"theme": "climate"}, {"theme": "climate.air"}),
        ({"theme": "climate.energy", "tokens": ("k_solar",)}, {"theme": "climate.energy"}),
        ({"theme": "dip.strategy", "tokens": ("k_solar",)}, {"theme": "dip.strategy", "tokens": ("g_city",)}),
    ],
)
def test_an_offer_meets_a_need_by_theme_and_by_meaning(better: dict[str, Any], worse: dict[str, Any]) -> None:
    """The same theme is better than its parent, that than a sibling, and words count whatever the theme."""
    need = subject("climate.energy", "k_solar", "g_city")
    offers = [replace(subject("climate"), **one) for one in (better, worse)]
    assert rules.fit(need, offers[0]) > rules.fit(need, offers[1])


def test_within_a_theme_the_words_decide() -> None:
    """What both name beats what one only hints at, that beats a general word, and that the theme alone; what
    each says that the other does not makes it less. Lines with nothing but their theme in common fit alike,
    whether they say much or little."""
    need = subject("climate.energy", "k_solar", "g_city")
    said = [("k_solar",), ("k_solar", "k_roof"), ("h_k_solar", "k_roof"), ("g_city", "k_roof"), ("k_roof",)]
    fits = [rules.fit(need, subject("climate.energy", *tokens)) for tokens in said]
    assert fits == sorted(fits, reverse=True)
    assert len(set(fits)) == len(fits)
    more = rules.fit(need, subject("climate.energy", "k_roof", "k_wind", "plan"))
    assert more == pytest.approx(fits[-1])


def test_who_asks_for_a_language_is_helped_more_by_who_speaks_it() -> None:
    """What others offer is worth half, and is not called close; to speak it is a little help already, but who
    does not read that it is asked for unless they are asked themselves: for them it is no reason to begin
    with."""
    need = replace(subject("dip.capacity", "k_trainer"), spoken=("ro", "ru"))
    ada = replace(ADA, needs=(need,))
    ben = replace(BEN, offers=(need,), themes=("dip.capacity",))
    speaks = replace(ben, languages=("en", "ru"))
    only_speaks = replace(BEN, languages=("en", "ru"))
    everyone = (BEN, only_speaks, ben, speaks)
    assert [rules.helps(one, ada) for one in everyone] == [0, rules.BY_LANGUAGE, rules.UNSPOKEN, 1]
    sorts = [rules.reasons(ada, one, NOW).sort for one in everyone]
    assert sorts == [Sort.COMMON, Sort.FIELD, Sort.GETS, Sort.GETS]
    assert [rules.reasons(ada, one, NOW).gets[0].near for one in (ben, speaks)] == [Near.THEME, Near.CLOSE]
    assert rules.reasons(ada, speaks, NOW).they_speak == ("ru",)
    assert rules.reasons(only_speaks, ada, NOW).we_speak == ("ru",)
    assert rules.reasons(only_speaks, ada, NOW).sort is Sort.COMMON


@pytest.mark.parametrize(
    ("need", "offer", "near"),
    [
        (AIR, AIR, Near.CLOSE),
        (AIR, subject("climate", "k_air"), Near.CLOSE),
        (AIR, subject("climate.air", "k_smog"), Near.THEME),
        (subject("climate.air", "k_climate"), subject("climate.air", "h_t_climate"), Near.THEME),
        (BUDGET, subject("nature.food", "k_budget"), Near.WORDS),
        (AIR, subject("climate.energy", "k_smog"), None),
        (AIR, subject("climate.energy"), None),
    ],
)
def test_how_near_an_offer_is_to_a_need_is_told_apart(
    need: Subject, offer: Subject, near: Near | None
) -> None:
    """Close is only what speaks of the same; a theme in common is no more than that."""
    assert rules.near(need, offer) is near


@given(*[st.builds(subject, st.sampled_from(made.THEMES), st.sampled_from(made.TOKENS))] * 2)
def test_how_well_lines_fit_is_the_same_from_both_sides(one: Subject, other: Subject) -> None:
    """Between 0 and 1, and 1 for what says the same; what it is worth rises with it."""
    assert rules.fit(one, other) == rules.fit(other, one)
    assert 0 <= rules.fit(one, other) <= rules.fit(one, one) == pytest.approx(1)
    assert 0 <= rules.worth(rules.fit(one, other)) <= rules.worth(1) == 1


def test_what_two_lines_touch_on_counts_whatever_their_theme() -> None:
    """A need that names citizen participation is near to what is offered on that theme."""
    need = subject("peace.democracy", "k_citizen_participation", "h_t_gov_participation")
    near, far = subject("gov.participation", "k_panel"), subject("gov.finance", "k_panel")
    assert rules.fit(need, near) > rules.fit(need, far) == 0


def test_working_hours_in_common_count_gradually() -> None:
    """The nearer the clocks, the better; hardly less with half of the day than with all of it, next to
    nothing where one sleeps while the other works, and all where nobody knows."""
    zones = ("Europe/Prague", "Asia/Kolkata", "America/New_York", "Asia/Tokyo")
    ada = replace(ADA, zone="Europe/Copenhagen")
    values = [rules.score(ada, replace(BEN, zone=zone), NOTHING) for zone in zones]
    hours = [rules.shared_hours(ada, replace(BEN, zone=zone), NOW) for zone in zones]
    assert hours == [8, 4, 2, 1]
    assert values == sorted(values, reverse=True)
    assert values[1] > 0.85 * values[0] == 0.85 * rules.score(ada, BEN, NOTHING)
    far = replace(BEN, zone="Pacific/Auckland")
    assert rules.score(ada, far, NOTHING) == pytest.approx(rules.NO_HOUR * values[0])
    assert rules.reasons(ada, far, NOW).hours == 0


def test_two_who_look_for_the_same_have_a_reason() -> None:
    """It says so, and counts more than to have nothing in common but less than an offer."""
    need = subject("dip.twinning", "k_twinning")
    ada, twin, town = (
        replace(ADA, needs=(need,)),
        replace(BEN, needs=(need,)),
        replace(BEN, offers=(need,)),
    )
    assert rules.reasons(ada, twin, NOW).sort is Sort.SAME_NEED
    assert rules.reasons(ada, twin, NOW).same_need == (need,)
    scores = [rules.score(ada, other, NOTHING) for other in (BEN, twin, town)]
    assert scores == sorted(set(scores))


def test_what_only_names_the_theme_makes_two_needs_no_more_alike() -> None:
    """Who looks for a partner with forests and who for the chambers of partner towns look for two things."""
    forests = subject("dip.twinning", "k_city_twinning", "forest")
    chambers = subject("dip.twinning", "k_city_twinning", "k_chamber_of_commerce")
    assert rules.likeness(forests, chambers) < rules.ALIKE < rules.likeness(forests, forests)


def test_other_countries_and_places_of_like_size_are_better() -> None:
    """Both are softer wishes: they move the value, and forbid nothing."""
    same = rules.score(ADA, replace(BEN, country="DK"), NOTHING)
    assert 0 < same < rules.score(ADA, BEN, NOTHING)
    larger = rules.score(ADA, replace(BEN, size="xl"), NOTHING)
    assert 0 < larger < rules.score(ADA, replace(BEN, size=None), NOTHING) < rules.score(ADA, BEN, NOTHING)


def test_having_met_counts_half_as_much_after_a_year() -> None:
    """Within six months a pair is not worth anything, after two years three quarters."""
    both = pair(ADA.user_id, BEN.user_id)
    fresh = rules.score(ADA, BEN, NOTHING)
    after = {
        days: rules.score(ADA, BEN, Past(NOW, met={both: NOW - timedelta(days=days)})) / fresh
        for days in (100, 365, 730)
    }
    assert after == pytest.approx({100: 0, 365: 0.5, 730: 0.75})


@pytest.mark.parametrize(
    ("other", "past", "why"),
    [
        (replace(BEN, city="aarhus", country="DK"), NOTHING, Obstacle.SAME_CITY),
        (replace(BEN, city="aarhus"), NOTHING, None),  # another town of that name
        (replace(BEN, languages=("cs",)), NOTHING, Obstacle.NO_LANGUAGE),
        (replace(BEN, takes_part=False), NOTHING, Obstacle.AWAY),
        (ADA, NOTHING, Obstacle.AWAY),
        (BEN, Past(NOW, frozenset({pair(BEN.user_id, ADA.user_id)})), Obstacle.BLOCKED),
        (BEN, Past(NOW, met={pair(ADA.user_id, BEN.user_id): NOW - timedelta(days=182)}), Obstacle.MET),
        (BEN, Past(NOW, met={pair(ADA.user_id, BEN.user_id): NOW - timedelta(days=183)}), None),
    ],
)
def test_what_forbids_a_pair(other: Peer, past: Past, why: Obstacle | None) -> None:
    """Each of the hard rules, from both sides; what is forbidden is worth nothing."""
    assert rules.obstacle(ADA, other, past) is why
    assert rules.obstacle(other, ADA, past) is why
    assert (rules.score(ADA, other, past) == 0) is (why is not None)


@given(st.data())
def test_the_value_is_the_same_from_both_sides_and_lies_between_0_and_1(data: st.DataObject) -> None:
    """To the last bit, whoever is named first."""
    everyone = data.draw(made.peers())
    past = data.draw(made.pasts(everyone))
    for one in everyone:
        for other in everyone:
            value = rules.score(one, other, past)
            assert value == rules.score(other, one, past)
            assert 0 <= value <= 1


def test_the_reasons_say_which_need_meets_which_offer() -> None:
    """Seen from the first; an offer that is far from the need is none."""
    bus, air = subject("mobility.transport", "k_bus"), subject("climate.air", "k_air")
    ada = replace(ADA, needs=(subject("dip.strategy"), air), offers=(bus,))
    ben = replace(BEN, offers=(subject("climate.energy"), air), needs=(bus,))
    why = rules.reasons(ada, ben, NOW)
    assert [(one.need, one.offer) for one in why.gets] == [(air, air)]
    assert [(one.need, one.offer) for one in why.gives] == [(bus, bus)]
    assert (why.sort, why.themes, why.languages) == (Sort.MUTUAL, ("climate.energy",), ("en",))


@pytest.mark.parametrize(
    ("ada", "ben", "sort"),
    [
        ({"needs": (AIR,)}, {"offers": (AIR,)}, Sort.GETS),
        ({"offers": (AIR,)}, {"needs": (AIR,)}, Sort.GIVES),
        ({"needs": (AIR,), "offers": (AIR,)}, {"needs": (AIR,), "offers": (AIR,)}, Sort.MUTUAL),
        ({"needs": (AIR,)}, {"offers": (subject("climate.air", "k_smog"),)}, Sort.GETS),
        ({"offers": (subject("climate"),)}, {"needs": (subject("climate"),)}, Sort.GIVES),
        ({"needs": (BUDGET,)}, {"offers": (subject("gov.sdgs", "k_budget", "k_indicator"),)}, Sort.GETS),
        ({"needs": (BUDGET,)}, {"offers": (subject("nature.food", "k_budget"),)}, Sort.GETS),
        ({"needs": (BUDGET,)}, {"offers": (subject("nature.food", "k_budget", *FARM),)}, Sort.COMMON),
        ({"needs": (TWIN,)}, {"offers": (subject("peace", "k_city_twinning"),)}, Sort.COMMON),
        ({"needs": (TWIN,)}, {"needs": (replace(TWIN, theme="peace.devcoop"),)}, Sort.SAME_NEED),
        ({"needs": (AIR,)}, {"needs": (subject("climate.air", "k_smog"),)}, Sort.COMMON),
        ({"needs": (subject("dip.strategy"),)}, {"themes": ("dip.strategy",)}, Sort.FIELD),
        ({"themes": ("dip.strategy",)}, {"needs": (subject("dip.strategy"),)}, Sort.FIELD),
        ({}, {}, Sort.COMMON),
        ({"themes": ("climate.air",)}, {}, Sort.NEW),
    ],
)
def test_help_that_goes_one_way_is_named_as_such(
    ada: dict[str, Any], ben: dict[str, Any], sort: Sort
) -> None:
    """An offer on the theme of a need is named, of another theme only with a concept that both name and that
    says more than the theme; two needs on one theme are no reason, two that say the same are."""
    assert rules.reasons(replace(ADA, **ada), replace(BEN, **ben), NOW).sort is sort


def test_who_works_on_what_another_needs_can_help_a_little() -> None:
    """Less than who offers something on it."""
    ada = replace(ADA, needs=(subject("dip.strategy"),))
    helps = [
        rules.helps(ben, ada)
        for ben in (
            BEN,
            replace(BEN, themes=("dip.strategy",)),
            replace(BEN, offers=(subject("dip.strategy"),)),
        )
    ]
    assert 0 == helps[0] < helps[1] < helps[2]


def test_the_best_few_come_first_and_none_is_forbidden() -> None:
    """Whoever sits in the same city is not proposed, however well they fit."""
    need = subject("climate.air", "k_air")
    ada = replace(ADA, needs=(need,))
    near = replace(BEN, user_id="@near:a.org", city="aarhus", country="DK", offers=(need,))
    expert = replace(BEN, user_id="@expert:b.org", offers=(need,))
    found = rules.best_for(ada, [near, BEN, expert, ada], NOTHING, 5)
    assert [peer.user_id for peer, _ in found] == ["@expert:b.org", "@ben:b.org"]
    assert found[0][1] > found[1][1]


def test_reasons_for_a_no_count_softly() -> None:
    """Who has no time is proposed less, who finds others too far away rather in their own country."""
    here, there = peer_in("brno", "CZ"), peer_in("cluj", "RO")
    me = peer_in("aarhus", "CZ")
    assert rules.score(me, there, NOTHING) > rules.score(me, here, NOTHING)
    near = replace(me, nearby=True)
    assert rules.score(near, here, NOTHING) > rules.score(near, there, NOTHING) > 0
    assert rules.score(replace(me, busy=True), here, NOTHING) == rules.BUSY * rules.score(me, here, NOTHING)


def peer_in(city: str, country: str) -> Peer:
    return Peer(f"@{city}:x.org", city, country, ("en",), ("climate",))
