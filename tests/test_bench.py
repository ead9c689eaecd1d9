"""The generated mailbox is what the bench says it is, and the same every time."""

from __future__ import annotations

import email
import email.policy
import statistics
from collections import Counter
from pathlib import Path

from tests.bench import mailbox


def test_the_mailbox_is_the_same_every_time(tmp_path: Path) -> None:
    assert [mail.content for mail in mailbox.mails(60)] == [mail.content for mail in mailbox.mails(60)]
    first = mailbox.write(tmp_path, 20)
    assert mailbox.write(tmp_path, 20) == first
    assert len(list((tmp_path / "Maildir" / "cur").iterdir())) == 20


def test_sizes_and_sorts_are_those_of_a_private_mailbox() -> None:
    mails = list(mailbox.mails(3000))
    sizes = [len(mail.content) for mail in mails]
    sorts = Counter(mail.sort for mail in mails)
    assert 7_000 < statistics.median(sizes) < 9_500
    assert 30_000 < statistics.mean(sizes) < 50_000  # 40,000 over many: the few large ones decide
    assert 0.04 < sorts["purchase"] / 3000 < 0.06 and 0.01 < sorts["attachment"] / 3000 < 0.03
    carried = [len(mail.content) for mail in mails if mail.sort == "attachment"]
    assert min(carried) > 200_000 and max(carried) < 3_000_000  # 0.2 to 2 MB before base64


def test_every_mail_is_well_formed() -> None:
    for mail in mailbox.mails(300):
        parsed = email.message_from_bytes(mail.content, policy=email.policy.default)
        assert parsed["message-id"] and parsed["subject"] and parsed["from"].addresses[0].domain
        for part in parsed.walk():
            assert not part.defects, mail.sort
            if part.get_content_type() == "text/plain":
                assert part.get_content().strip()
