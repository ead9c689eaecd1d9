"""What the digest reports besides orders: open payment errors, old files of rules, how far holidays are known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor import digest as digests
from monitor import render
from monitor.digest import DigestInput
from monitor.run import cases
from monitor.run import digests as gathering
from monitor.store import Store
from tests.browser import settings

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def test_an_open_payment_error_is_a_decision_until_it_is_closed(tmp_path: Path) -> None:
    config = settings(tmp_path)
    with Store.open(config.store_path()) as store:
        given = {
            "seller": "캐시워크",
            "amount": "5500",
            "method": "SKT 소액결제",
            "account": "mj",
            "at": "2026-11-20T14:05",
        }
        key = cases.open_case(store, config, given, now=NOW)
        made = gathering.preview(store, config, now=NOW)
        assert f"refund-monitor case show {key}" in made.text
        assert "캐시워크" in made.text
        assert "1 " in made.subject
        cases.contact(store, key, channel="phone", now=NOW)
        waiting = gathering.preview(store, config, now=NOW)
        assert "1 " not in waiting.subject  # it only waits
        assert key in waiting.text
        cases.close(store, key, "solved", now=NOW)
        assert key not in gathering.preview(store, config, now=NOW).text


def test_a_first_run_does_not_announce_failures_of_before_it(tmp_path: Path) -> None:
    from monitor import knowledge as knowledges
    from monitor.run.intake import files
    from tests.test_case import FAILED, mail

    config = settings(tmp_path, user={"addresses": ["minji@example.com"], "country": "KR", "timezone": "Asia/Seoul"})
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    mail(inbox, "before", "[캐시워크] 결제 실패 안내", FAILED, datetime(2026, 11, 10, 3, tzinfo=UTC))
    mail(inbox, "after", "[캐시워크] 결제 실패 안내", FAILED, datetime(2026, 11, 21, 3, tzinfo=UTC))
    with Store.open(config.store_path()) as store:
        files.import_paths(store, config, knowledges.load(None), [inbox], now=NOW, heard_until=NOW)
        store.set_setting(gathering.QUIET_BEFORE, datetime(2026, 11, 20, tzinfo=UTC).isoformat())
        assert len([one for one in cases.cases(store, config, now=NOW) if one.open]) == 2
        (told,) = gathering.gather(store, config, now=NOW).cases
        before, after = cases.cases(store, config, now=NOW)
        assert told.id == after.id
        cases.set_value(store, config, before.id, "charged", "yes", now=NOW)
        assert len(gathering.gather(store, config, now=NOW).cases) == 2


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_files_of_rules_older_than_a_year_are_named_with_their_day(language: str) -> None:
    old = (("laws/kr.toml", date(2026, 11, 22)), ("laws/us.toml", date(2026, 5, 1)))
    made = digests.digest(DigestInput("Asia/Seoul", stale_packs=old), language, datetime(2028, 1, 3, tzinfo=UTC))
    assert "laws/kr.toml" in made.text and "laws/us.toml" in made.html
    assert render.day(date(2026, 5, 1), language, "plain") in made.text


def test_the_rules_of_the_package_are_reported_a_year_after_they_were_put_together(tmp_path: Path) -> None:
    config = settings(tmp_path)
    with Store.open(config.store_path()) as store:
        assert gathering.gather(store, config, now=NOW).stale_packs == ()
        later = gathering.gather(store, config, now=datetime(2028, 6, 1, tzinfo=UTC)).stale_packs
        assert "laws/kr.toml" in [name for name, _ in later]


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_how_far_holidays_are_known_stands_in_every_digest(language: str, tmp_path: Path) -> None:
    config = settings(tmp_path)
    with Store.open(config.store_path()) as store:
        view = gathering.gather(store, config, now=NOW)
    assert view.holidays_known_until is not None
    made = digests.digest(view, language, NOW)
    assert render.day(view.holidays_known_until, language, "plain") in made.text
