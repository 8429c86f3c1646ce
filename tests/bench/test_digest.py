"""The benchmark of the digest runs, as small as it goes; what it measures is not looked at."""

from __future__ import annotations

import sys

import pytest

from bench import digest


def test_digest(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each room and member gets one."""
    monkeypatch.setattr(sys, "argv", ["digest", "--rooms", "3", "--members", "20", "--quiet", "0.1"])
    digest.main()
    assert "3 rooms and 20 members: 23 digests" in capsys.readouterr().out
