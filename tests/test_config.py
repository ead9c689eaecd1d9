"""Settings: where they come from, what they default to, and what is said of those that are wrong."""

from __future__ import annotations

import re
import stat
import tomllib
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.config import Account, Config, ConfigError, Smtp, find, load, resolve, secret
from monitor.config.explain import keys_of
from monitor.config.forms import parse_span
from monitor.config.logins import SecretError, readable_by_others, uses_plain_password
from monitor.config.places import system_zone
from monitor.knowledge import hosts
from monitor.types import Span, Unit

ROOT = Path(__file__).parent.parent
NOWHERE = {"HOME": "/nonexistent", "TZ": "UTC", "LANG": "C"}


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path | None, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, {**NOWHERE, **environ})
    return caught.value.problems


# -- where settings come from -------------------------------------------------------------------------------------


def test_without_any_file_the_defaults_apply() -> None:
    config = load(None, NOWHERE)
    assert config.path is None
    assert (config.user.language, config.user.country, config.user.timezone) == ("en", "", "UTC")
    assert config.silence.threshold == 3
    assert config.schedule.poll_minutes == 10
    assert config.digest.at == time(7, 30)
    assert config.accounts == {}
    assert config.store_path() == Path("/nonexistent/.local/share/refund-monitor/monitor.sqlite3")
    assert load(None, NOWHERE) == config


def test_a_named_file_wins_over_the_environment_variable_and_that_over_the_usual_places(tmp_path: Path) -> None:
    xdg = tmp_path / "xdg" / "refund-monitor"
    xdg.mkdir(parents=True)
    usual, other, named = xdg / "config.toml", tmp_path / "other.toml", tmp_path / "named.toml"
    for file in (usual, other, named):
        file.write_text(f"[user]\nname = '{file.name}'\n")
    environ = {**NOWHERE, "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert find(None, environ) == usual
    environ["REFUND_MONITOR_CONFIG"] = str(other)
    assert load(None, environ).user.name == "other.toml"
    assert load(named, environ).user.name == "named.toml"


def test_every_key_can_come_from_the_environment_which_wins(tmp_path: Path) -> None:
    path = written(
        tmp_path, '[user]\ncountry = "US"\n[accounts.home-mail]\naddress = "a@gmail.com"\npassword_file="x"\n'
    )
    config = load(path, {
        **NOWHERE,
        "REFUND_MONITOR_USER__COUNTRY": "kr",
        "REFUND_MONITOR_USER__TIMEZONE": "Asia/Seoul",
        "REFUND_MONITOR_USER__LANGUAGE": "ko",
        "REFUND_MONITOR_USER__ADDRESSES": "Me@Example.com, other@example.org",
        "REFUND_MONITOR_ACCOUNTS__HOME_MAIL__PASSWORD_ENV": "SECRET",
        "REFUND_MONITOR_ACCOUNTS__WORK__HOST": "imap.example.com",
        "REFUND_MONITOR_ACCOUNTS__WORK__PORT": "1143",
        "REFUND_MONITOR_ACCOUNTS__WORK__TLS": "none",
        "REFUND_MONITOR_ACCOUNTS__WORK__ENABLED": "false",
        "REFUND_MONITOR_ACCOUNTS__WORK__FOLDERS": "INBOX,Sent",
        "REFUND_MONITOR_SILENCE__SELLERS": "Coupang.com=5, 11st.co.kr=7",
        "REFUND_MONITOR_SILENCE__EXPECTATIONS__REFUND": "9",
        "REFUND_MONITOR_EXPECT__REFUND": "2 weeks",
        "REFUND_MONITOR_CALENDAR__EXTRA_HOLIDAYS": "2027-05-03,2027-06-04",
        "REFUND_MONITOR_DIGEST__AT": "6:05",
        "REFUND_MONITOR_USER__NAME": "",
    })  # fmt: skip
    rules = config.rules()
    assert (rules.country, rules.timezone, config.user.language) == ("KR", "Asia/Seoul", "ko")
    assert config.own_addresses() == {"me@example.com", "other@example.org", "a@gmail.com"}
    assert set(config.accounts) == {"home-mail", "work"}
    home, work = config.accounts["home-mail"], config.accounts["work"]
    assert (home.password_env, home.password_file) == ("SECRET", None)
    assert (work.port, work.tls, work.enabled, work.folders) == (1143, "none", False, ("INBOX", "Sent"))
    assert rules.threshold_by_seller == {"coupang.com": 5, "11st.co.kr": 7}
    assert rules.threshold_by_expectation == {"refund": 9}
    assert rules.expect == {"refund": Span(2, Unit.WEEKS)}
    assert rules.extra_holidays == (date(2027, 5, 3), date(2027, 6, 4))
    assert config.digest.at == time(6, 5)


def test_other_variables_of_the_program_are_no_keys() -> None:
    load(None, {**NOWHERE, "REFUND_MONITOR_DEBUG": "1", "REFUND_MONITOR_NO_SKIP": "1"})


# -- what follows from what is known ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "country", "timezone"),
    [
        ({"USER__TIMEZONE": "Asia/Seoul"}, "KR", "Asia/Seoul"),
        ({"USER__LANGUAGE": "ko"}, "KR", "Asia/Seoul"),
        ({"USER__COUNTRY": "KR"}, "KR", "Asia/Seoul"),
        ({"USER__COUNTRY": "uk"}, "GB", "Europe/London"),
        ({"USER__COUNTRY": "US"}, "US", "UTC"),
        ({"USER__TIMEZONE": "Europe/Berlin"}, "DE", "Europe/Berlin"),
        ({"USER__TIMEZONE": "Europe/Berlin", "USER__COUNTRY": "AT"}, "AT", "Europe/Berlin"),
        ({"USER__LANGUAGE": "en"}, "", "UTC"),
        ({"USER__LANGUAGE": "ko", "USER__TIMEZONE": "UTC"}, "KR", "UTC"),
    ],
)
def test_country_and_time_zone_follow_from_each_other_only_where_there_is_no_choice(
    given_: dict[str, str], country: str, timezone: str
) -> None:
    config = load(None, {**NOWHERE, **{f"REFUND_MONITOR_{key}": value for key, value in given_.items()}})
    assert (config.user.country, config.user.timezone) == (country, timezone)
    assert {f"user.{key.partition('__')[2].lower()}" for key in given_}.isdisjoint(config.assumed)


def test_the_machines_zone_is_kept_where_it_says_a_place() -> None:
    config = load(None, {**NOWHERE, "TZ": "America/Chicago", "REFUND_MONITOR_USER__COUNTRY": "KR"})
    assert config.user.timezone == "America/Chicago"


def test_the_machines_zone_is_read_from_etc(tmp_path: Path) -> None:
    assert system_zone({}, etc=tmp_path) == ""
    zones = tmp_path / "usr" / "zoneinfo" / "Asia"
    zones.mkdir(parents=True)
    (zones / "Tokyo").write_bytes(b"")
    (tmp_path / "localtime").symlink_to(zones / "Tokyo")
    assert system_zone({}, etc=tmp_path) == "Asia/Tokyo"
    (tmp_path / "timezone").write_text("Asia/Seoul\n")
    assert system_zone({}, etc=tmp_path) == "Asia/Seoul"
    assert system_zone({"TZ": ":Europe/Paris"}, etc=tmp_path) == "Europe/Paris"
    assert system_zone({"TZ": "EST5EDT4,M3"}, etc=tmp_path) == "Asia/Seoul"


def test_the_locale_decides_the_language_where_none_is_given() -> None:
    assert load(None, {**NOWHERE, "LANG": "ko_KR.UTF-8"}).user.language == "ko"
    assert load(None, {**NOWHERE, "LANG": "ko_KR.UTF-8", "LC_ALL": "de_DE.UTF-8"}).user.language == "en"


def test_paths_are_meant_from_home_or_from_beside_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[store]\npath = "data/m.sqlite3"\n[digest]\ndirectory = "~/digests"\n')
    config = load(path, NOWHERE)
    assert config.store_path() == tmp_path / "data/m.sqlite3"
    assert config.digest_folder() == Path("/nonexistent/digests")


def test_digests_lie_beside_their_database_so_that_a_trial_writes_over_none_of_the_users_own(tmp_path: Path) -> None:
    tried = load(written(tmp_path, '[store]\npath = "data/m.sqlite3"\n'), NOWHERE)
    assert tried.digest_folder() == tmp_path / "data" / "digests"
    assert load(None, NOWHERE).digest_folder() == load(None, NOWHERE).data_folder() / "digests"


def test_under_systemd_the_data_lies_in_the_state_directory() -> None:
    config = load(None, {"STATE_DIRECTORY": "/var/lib/refund-monitor", "TZ": "UTC"})
    assert config.store_path() == Path("/var/lib/refund-monitor/monitor.sqlite3")


def test_a_postgresql_address_stays_an_address_and_out_of_sight() -> None:
    config = load(None, {**NOWHERE, "REFUND_MONITOR_STORE__PATH": "postgresql://me:secret@localhost/orders"})
    assert config.store_path() == "postgresql://me:secret@localhost/orders"
    assert "secret" not in repr(config)


# -- what is wrong is said, all of it, in plain words --------------------------------------------------------------


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [user]
        language = "de"
        country = "Korea"
        timezone = "Seoul"
        adresses = ["me@example.com"]
        [usr]
        x = 1
        [accounts.home]
        port = "many"
        hsot = "imap.example.com"
        password = "hunter2"
        password_env = "X"
        [accounts."my mail"]
        address = "a@gmail.com"
        [expect]
        dispatch = "soon"
        [silence]
        threshold = 0
        [silence.expectations]
        rfund = 3
        [calendar]
        extra_holidays = ["2026-13-01"]
        [digest]
        at = "25:00"
        via = "pigeon"
        [smtp]
        account = "work"
        [schedule]
        poll_minutes = 0.5
    """,
    )
    found = problems(path)
    assert all(line.startswith(f"{path}: ") for line in found)
    said = {line.removeprefix(f"{path}: ").partition(":")[0]: line for line in found}
    assert set(said) == {
        "user.language", "user.country", "user.timezone", "user.adresses", "usr", "accounts.home.port",
        "accounts.home.hsot", "accounts.home", "accounts.my mail", "expect.dispatch", "silence.threshold",
        "silence.expectations.rfund", "calendar.extra_holidays.0", "digest.at", "digest.via", "smtp.account",
        "schedule.poll_minutes",
    }  # fmt: skip
    assert "did you mean 'addresses'" in said["user.adresses"]
    assert "did you mean 'user'" in said["usr"]
    assert "did you mean 'Asia/Seoul'" in said["user.timezone"]
    assert "'KR' for Korea (South)" in said["user.country"]
    assert 'for example dispatch = "3 business days"' in said["expect.dispatch"]
    assert "for example port = 993" in said["accounts.home.port"]
    assert "hunter2" not in "".join(found)


def test_a_wrong_value_from_the_environment_names_the_variable() -> None:
    (line,) = problems(None, REFUND_MONITOR_SILENCE__THRESHOLD="three")
    assert line.startswith("silence.threshold (from REFUND_MONITOR_SILENCE__THRESHOLD): must be a whole number")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[user\n", "not valid TOML"),
        (b"[user]\nname = \"\xff\"\n", "not a UTF-8 text"),
        (b"user = 3\n", "user: must be a table"),
        (b"accounts = 3\n", "accounts: must be a table"),
        (b"[accounts]\nhome = 3\n", "accounts.home: must be a table"),
        (b"[accounts.home]\nenabled = true\n", "needs the address of a mailbox"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_in_plain_words(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    assert words in "\n".join(problems(path))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "no such config file" in problems(tmp_path / "none.toml")[0]
    assert "is a folder" in problems(tmp_path)[0]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes("\ufeff[user]\nname = '민지'\n".encode())
    assert load(path, NOWHERE).user.name == "민지"


KEYS = sorted({key for table in keys_of(()) for key in (*keys_of((table,)), *keys_of((table, "home")))})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates() | st.times()
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "x"]), SCALARS, max_size=4)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from([*keys_of(()), "usr"]),
        SCALARS | st.dictionaries(st.sampled_from([*KEYS, "home"]), VALUES, max_size=5),
        max_size=4,
    )
)
@example({"smtp": {"account": []}})
@example({"smtp": {"account": {"home": 1}}})
def test_no_content_makes_anything_but_a_config_or_plain_problems(data: dict[str, object]) -> None:
    with patch("monitor.config.loading._read", return_value=data):
        try:
            assert isinstance(load(Path("x.toml"), NOWHERE), Config)
        except ConfigError as error:
            assert error.problems
            assert all(isinstance(line, str) and line for line in error.problems)


# -- periods ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("3 business days", Span(3, Unit.BUSINESS_DAYS)),
        ("1 Working Day", Span(1, Unit.BUSINESS_DAYS)),
        ("10 days", Span(10, Unit.DAYS)),
        ("2 weeks", Span(2, Unit.WEEKS)),
        ("1 month", Span(1, Unit.MONTHS)),
        ("3영업일", Span(3, Unit.BUSINESS_DAYS)),
        ("10일", Span(10, Unit.DAYS)),
        (5, Span(5, Unit.DAYS)),
        ("5", Span(5, Unit.DAYS)),
    ],
)
def test_periods_are_read_as_people_write_them(text: object, span: Span) -> None:
    assert parse_span(text) == span


@given(st.text() | st.integers() | st.booleans() | st.none() | st.floats())
def test_no_other_period_is_guessed(value: object) -> None:
    with suppress(ValueError):
        assert 1 <= parse_span(value).count <= 3650


# -- passwords ----------------------------------------------------------------------------------------------------


def with_account(tmp_path: Path, line: str) -> Config:
    return load(written(tmp_path, f'[accounts.home]\naddress = "a@gmail.com"\n{line}\n'), NOWHERE)


def test_a_password_is_fetched_from_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("from file\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "home").write_text("from systemd")
    environ = {"MAIL_PASSWORD": "from environment", "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    for line, expected in [
        ('password_file = "pw"', "from file"),
        ("password_command = ['printf', '%s\\n', 'from $command', 'second line']", "from $command"),
        ('password_env = "MAIL_PASSWORD"', "from environment"),
        ('password = "plain"', "plain"),
        ("", "from systemd"),
    ]:
        config = with_account(tmp_path, line)
        assert secret(config.accounts["home"], "home", config, environ) == expected
    assert secret(config.accounts["home"], "home", config, {}) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('password_file = "none"', "cannot be read"),
        ('password_file = "empty"', "is empty"),
        ('password_env = "NOT_SET"', "NOT_SET is not set"),
        ('password_command = ["no-such-command-anywhere"]', "was not found"),
        ("password_command = ['sh', '-c', 'echo hunter2; echo hunter2 >&2; exit 3']", "failed with status 3"),
        ('password_command = ["true"]', "printed nothing"),
    ],
)
def test_a_password_that_cannot_be_fetched_is_explained_without_showing_it(
    tmp_path: Path, line: str, words: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    config = with_account(tmp_path, line)
    with pytest.raises(SecretError, match=words) as caught:
        secret(config.accounts["home"], "home", config, {})
    assert "hunter2" not in str(caught.value)


def test_a_password_never_shows_in_a_printed_config(tmp_path: Path) -> None:
    config = with_account(tmp_path, 'password = "hunter2"')
    assert "hunter2" not in repr(config) + str(config) + str(config.model_dump()) + config.model_dump_json()
    assert uses_plain_password(config) == ["accounts.home"]


def test_smtp_takes_the_password_of_its_account(tmp_path: Path) -> None:
    config = with_account(tmp_path, 'password = "plain"\n[smtp]\naccount = "home"')
    assert secret(config.smtp, "smtp", config, {}) == "plain"


def test_a_file_that_others_may_read_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert not readable_by_others(path)
    path.chmod(0o644)
    assert readable_by_others(path)


# -- servers ------------------------------------------------------------------------------------------------------


def test_an_address_at_a_known_provider_is_enough() -> None:
    account = Account(address="me@naver.com")
    host = hosts.load().for_address("me@naver.com")
    assert host is not None
    login = resolve(account, host.imap, usernames=host.usernames("me@naver.com"))
    assert login is not None
    assert (login.host, login.port, login.tls) == ("imap.naver.com", 993, "implicit")
    assert login.usernames[0] in ("me", "me@naver.com")


def test_what_the_user_sets_wins_over_the_provider() -> None:
    host = hosts.load().get("gmail")
    assert host is not None
    own = Account(address="me@gmail.com", host="127.0.0.1", port=3143, tls="none", username="me")
    assert resolve(own, host.imap) == (  # nothing of the provider's is mixed in
        resolve(own, None)
    )
    login = resolve(own, None)
    assert login is not None
    assert (login.host, login.port, login.tls, login.usernames) == ("127.0.0.1", 3143, "none", ("me",))


def test_without_a_word_about_tls_the_port_tells_and_otherwise_tls_comes_first() -> None:
    for port, tls in [(143, "starttls"), (993, "implicit"), (10993, "implicit"), (None, "implicit")]:
        login = resolve(Account(host="imap.example.com", port=port), None)
        assert login is not None
        assert (login.tls, login.port) == (tls, port or 993)
    login = resolve(Smtp(host="smtp.example.com", port=587), None, protocol="smtp")
    assert login is not None
    assert login.tls == "starttls"


def test_nothing_is_connected_to_where_no_host_is_known() -> None:
    assert resolve(Account(address="me@example.com"), None) is None


# -- the example --------------------------------------------------------------------------------------------------


def uncommented(text: str) -> str:
    """The example with every unset key set: lines that begin with # and a letter or [."""
    return re.sub(r"(?m)^#(?=[a-z\[])", "", text)


def test_the_example_loads_as_it_is_and_states_the_defaults() -> None:
    config = load(ROOT / "config.example.toml", NOWHERE)
    assert config.model_dump() == load(None, NOWHERE).model_dump()


def test_the_example_names_every_key_and_no_other() -> None:
    data = tomllib.loads(re.sub(r"(?m)^password(_command|_env)? = .*$", "", uncommented(
        (ROOT / "config.example.toml").read_text(encoding="utf-8"))))  # fmt: skip
    named = tomllib.loads(uncommented((ROOT / "config.example.toml").read_text(encoding="utf-8")))
    assert set(named) == set(keys_of(()))
    for table, values in named.items():
        inner = values["home"] if table == "accounts" else values[0] if table == "cards" else values
        place = ("accounts", "home") if table == "accounts" else (table,)
        assert set(inner) == set(keys_of(place)), table
    # with one password source kept, all of it is valid together
    assert isinstance(Config.model_validate(data), Config)


# -- cards --------------------------------------------------------------------------------------------------------


def test_a_card_is_known_by_its_issuer_and_four_digits(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[[cards]]\nissuer = "신한카드"\nlast4 = "0123"\npayment_day = 14\n', encoding="utf-8")
    (card,) = load(file, NOWHERE).rules().cards
    assert (card.issuer, card.last4, card.payment_day, card.network) == ("신한카드", "0123", 14, "")


def test_a_whole_card_number_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    for number in ('"4111111111111111"', "4111111111111111", '"4111 1111 1111 1111"', '"12345"'):
        file.write_text(f'[[cards]]\nissuer = "Visa"\nlast4 = {number}\n', encoding="utf-8")
        with pytest.raises(ConfigError) as refused:
            load(file, NOWHERE)
        assert "never its whole number" in str(refused.value)
        assert "4111" not in str(refused.value) and "12345" not in str(refused.value)


def test_cards_can_come_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[[cards]]\nissuer = "삼성카드"\npayment_day = 1\n', encoding="utf-8")
    environ = {"REFUND_MONITOR_CARDS__0__PAYMENT_DAY": "25", "REFUND_MONITOR_CARDS__1__LAST4": "0042"}
    first, second = load(file, {**NOWHERE, **environ}).rules().cards
    assert (first.issuer, first.payment_day, second.last4) == ("삼성카드", 25, "0042")


def test_a_card_that_no_mail_could_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[[cards]]\npayment_day = 14\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="issuer"):
        load(file, NOWHERE)
