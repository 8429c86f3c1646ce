"""The benchmarks run: each once, as small as it goes. What they measure is not looked at."""

from __future__ import annotations

import sys

import pytest

from bench import chaos, matching, pictures, pipeline, round_beside, roundtrip, schedule, startup, takeover
from bench.figures import percentile, ratio_interval


def test_pipeline(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command is answered once and in its place, also when a room has more than one sync holds."""
    monkeypatch.setattr(sys, "argv", ["pipeline", "--commands", "120", "--rooms", "1", "--runs", "1"])
    pipeline.main()
    told = capsys.readouterr().out
    assert all(name in told for name in ("Proxenos, !ping", "Proxenos, !search", "bare nio, !ping"))


def test_startup(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A first start and a restart both come to an answer."""
    monkeypatch.setattr(sys, "argv", ["startup", "--rooms", "3", "--people", "5", "--runs", "1"])
    monkeypatch.setattr(startup, "SETTLE", 0.0)
    startup.main()
    told = capsys.readouterr().out
    assert "first start" in told
    assert "restart" in told


def test_matching(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Rounds of a few synthetic members, and the one of the sample members with its reasons."""
    monkeypatch.setattr(sys, "argv", ["matching", "--members", "31", "--rounds", "2", "--among", "31"])
    matching.main()
    told = capsys.readouterr().out
    assert "31 members" in told
    assert "0 pairs again within six months" in told
    monkeypatch.setattr(sys, "argv", ["matching", "--sample"])
    matching.main()
    told = capsys.readouterr().out
    assert "You are looking for “" in told
    assert "Sie suchen „" in told
    assert "left: nobody" in told


def test_round_beside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole program draws a round and asks its groups, while it answers."""
    few = ["--members", "40", "--blocks", "1", "--seconds", "0.5"]
    monkeypatch.setattr(sys, "argv", ["round_beside", *few])
    monkeypatch.setattr(round_beside, "SETTLE", 0.0)
    round_beside.main()
    told = capsys.readouterr().out
    assert "while its groups are asked" in told
    assert "drawn after" in told


def test_pictures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A picture of each kind is drawn in each language."""
    monkeypatch.setattr(sys, "argv", ["pictures", "--runs", "1"])
    pictures.main()
    told = capsys.readouterr().out
    assert all(
        f"{name}, de" in told for name in ("low profile", "middling profile", "full profile", "history")
    )


def test_schedule(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A few rows that are due at once are each heard once, beside a few pings."""
    small = ["--future", "20", "--due", "10", "--blocks", "1", "--pings", "2", "--only", "sqlite"]
    monkeypatch.setattr(sys, "argv", ["schedule", *small])
    schedule.main()
    told = capsys.readouterr().out
    assert "next due" in told
    assert "10 rows due" in told


def test_takeover(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever stood by answers everything that came after the kill, once."""
    monkeypatch.setattr(sys, "argv", ["takeover", "--runs", "1"])
    takeover.main()
    assert "takeover" in capsys.readouterr().out


@pytest.mark.synapse
@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_roundtrip(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """Both bots answer at a real homeserver, in plain and in encrypted rooms."""
    rooms = ["--encrypted"] if kind == "encrypted" else []
    monkeypatch.setattr(sys, "argv", ["roundtrip", "--blocks", "1", "--pings", "1", *rooms])
    roundtrip.main()
    assert "ratio of the medians" in capsys.readouterr().out


@pytest.mark.synapse
def test_chaos(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Bot and homeserver are ended and started again, much is said meanwhile: all of it is answered once."""
    few = ["--commands", "40", "--kills", "2", "--restarts", "1", "--people", "3", "--seed", "3"]
    monkeypatch.setattr(sys, "argv", ["chaos", *few, "--strict"])
    chaos.main()  # raises SystemExit when anything was lost, or said or done twice
    told = capsys.readouterr().out
    assert "lost 0, doubled 0" in told, told
    assert "order kept in 8 of 8 rooms" in told, told


def test_the_interval_holds_the_ratio() -> None:
    """What is twice as slow in every block has a ratio of two, whatever is drawn."""
    pairs = [([2.0 * value, 4.0 * value], [value, 2.0 * value]) for value in (1.0, 1.1, 1.2)]
    low, high = ratio_interval(pairs)
    assert low <= 2.0 <= high


def test_a_percentile_is_one_of_the_values() -> None:
    """The smallest that so many do not exceed."""
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], 80) == 4.0
    assert percentile([1.0, 2.0], 95) == 2.0
    assert percentile([7.0], 2.5) == 7.0
