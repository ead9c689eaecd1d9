"""What is known of mail providers: complete, consistent, in both languages, each fact with its source."""

from __future__ import annotations

import unicodedata

import pytest

from monitor.imap import Failure
from monitor.imap.errors import MailboxError, translate
from monitor.knowledge import hosts
from monitor.knowledge.hosts import HostDataError, MailHost

ALL = hosts.load().by_id


@pytest.mark.parametrize("preset", ["gmail", "naver", "daum", "kakao", "outlook", "icloud", "yahoo", "fastmail"])
def test_the_great_providers_are_known_in_depth(preset: str) -> None:
    host = ALL[preset]
    assert host.imap is not None
    assert host.imap.tls == "implicit"
    assert host.smtp is not None
    assert host.domains
    assert host.folders["sent"]
    assert host.folders["junk"]
    assert host.errors


@pytest.mark.parametrize("host", ALL.values(), ids=lambda host: host.id)
def test_each_provider_has_steps_in_both_languages_and_sources(host: MailHost) -> None:
    assert host.steps["en"]
    assert host.steps["ko"]
    assert host.sources
    assert host.checked >= "2026-11-22"
    assert all(any("가" <= sign <= "힣" for sign in step) for step in host.steps["ko"])


@pytest.mark.parametrize("host", ALL.values(), ids=lambda host: host.id)
def test_error_texts_are_such_as_a_server_says(host: MailHost) -> None:
    for error in host.errors:
        assert not error.kind or Failure(error.kind)
        assert set(error.meaning) == {"en", "ko"}
        assert " / " not in error.contains
        assert "..." not in error.contains


def test_no_domain_belongs_to_two_providers() -> None:
    claimed = [domain for host in ALL.values() for domain in host.domains]
    assert len(claimed) == len(set(claimed))


def test_names_are_composed() -> None:
    for host in ALL.values():
        for names in host.folders.values():
            assert all(unicodedata.is_normalized("NFC", name) for name in names)


def test_a_provider_is_found_by_address_and_server() -> None:
    known = hosts.load()
    assert known.for_address("Kim@Naver.com".lower()) is ALL["naver"]
    assert known.for_address("me@my-own-domain.example") is None
    assert known.for_server("IMAP.GMAIL.COM") is not None
    assert known.get("gmail") is ALL["gmail"]
    assert known.get("nonsense") is known.get(None) is known.get("") is None


def test_forms_of_the_log_in_name() -> None:
    assert ALL["naver"].usernames("kim@naver.com") == ("kim@naver.com", "kim")
    assert ALL["kakao"].usernames("kim@kakao.com") == ("kim",)
    assert ALL["gmail"].usernames("kim@gmail.com") == ("kim@gmail.com",)


@pytest.mark.parametrize("kind", list(Failure))
def test_each_kind_of_failure_has_words_in_both_languages(kind: Failure) -> None:
    error = MailboxError(kind, host="imap.example.com", user="kim", detail="what it said")
    assert error.message("ko") != error.message("en")
    assert "{" not in error.message("ko") + error.message("en")


@pytest.mark.parametrize(
    ("preset", "said", "kind", "words"),
    [
        ("gmail", b"[ALERT] Application-specific password required", Failure.APP_PASSWORD_NEEDED, "앱 비밀번호"),
        ("gmail", b"[AUTHENTICATIONFAILED] Invalid credentials (Failure)", Failure.LOGIN_REFUSED, "취소"),
        ("naver", b"[AUTHENTICATIONFAILED] Authentication failed.", Failure.LOGIN_REFUSED, "IMAP/SMTP"),
        ("outlook", b"Basic authentication is disabled.", Failure.OAUTH_NEEDED, "전달"),
        ("zoho", b"You are yet to enable IMAP for your account.", Failure.IMAP_OFF, "IMAP"),
    ],
)
def test_a_refusal_is_explained_by_what_is_known_of_the_provider(
    preset: str, said: bytes, kind: Failure, words: str
) -> None:
    import imaplib

    error = translate(imaplib.IMAP4.error(str(said)), host="h", user="u", provider=ALL[preset], login=True)
    assert error.kind is kind
    assert words in error.message("ko")
    assert error.steps("ko") == ALL[preset].steps["ko"]


def test_a_wrong_file_is_refused_with_every_fault() -> None:
    with pytest.raises(HostDataError, match=r"unknown key colour; missing key name"):
        hosts._host("x", {"colour": 1, "username": "address"})
    good = {
        "name": "x", "username": "nonsense", "auth": ["magic"], "steps": {"en": []}, "sources": [], "certainty": "high",
        "checked": "2026-11-22", "imap": {"host": "x", "port": 1, "tls": "maybe"}, "folders": {"attic": []},
    }  # fmt: skip
    with pytest.raises(HostDataError) as raised:
        hosts._host("x", good)
    for fault in ("nonsense", "magic", "attic", "maybe", "steps"):
        assert fault in str(raised.value)
