"""Why a mail was taken for what it is: said in Korean too, whatever the code can give as a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.run import reasons

ROOT = Path(__file__).parent.parent / "monitor"
FILES = ("classify/verdict.py", "classify/triage.py", "classify/lookalikes.py", "run/intake/reader.py",
         "run/reading.py")  # fmt: skip


def texts(node: ast.AST) -> Iterator[str]:
    """The texts that an expression can be, with what is put in as "…"; conditions and names left out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from (*texts(node.left), *texts(node.right))


def given() -> Iterator[str]:
    """Every reason in the code: arguments of Verdict, Triage, tie, spoil and unreadable, what functions that answer
    "why" return, and names that hold one."""
    for name in FILES:
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                place = {"Verdict": 3, "Triage": 1, "tie": 1, "spoil": 1, "unreadable": 0}.get(called)
                if place is not None and len(node.args) > place:
                    yield from texts(node.args[place])
            elif isinstance(node, ast.FunctionDef) and node.name in (
                "_automatic",
                "_too_little",
                "by_domain",
                "by_name",
            ):
                for one in ast.walk(node):
                    if isinstance(one, ast.Return) and one.value is not None:
                        yield from texts(one.value)
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("reason", "OWN", "IN_DOMAIN"):
                yield from texts(node.value)


def test_every_reason_that_the_code_can_give_is_said_in_korean() -> None:
    found = {reason.strip("; ") for reason in given()} - {""}
    assert len(found) > 45, "the reasons were not found; see `given`"
    for reason in sorted(found):
        filled = reason.replace("say …", "say order confirmation").replace("(…)", "(ValueError)")
        filled = filled.partition(": …")[0].rstrip("…")  # what follows is made of other reasons
        said = reasons.said(filled, "ko")
        assert not any(sign.isascii() and sign.isalpha() for sign in said.replace("ValueError", "")), (reason, said)


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("its words say order confirmation; it has an order number, it states an amount",
         "'주문 확인' 메일에 쓰이는 말이 있습니다. 주문번호가 있습니다. 금액이 적혀 있습니다."),
        ("its words say an answer of the seller", "'판매자의 답변' 메일에 쓰이는 말이 있습니다."),
        ("too little ties its words to a purchase of the reader's: it advertises, it answers another mail",
         "본인의 구매에 관한 메일로 보기에는 근거가 부족합니다. 내용이 광고입니다. 다른 메일에 대한 답장입니다."),
        ("suspicious: its domain is a known shop's with one letter changed",
         "의심스러운 메일입니다. 알려진 쇼핑몰의 도메인에서 한 글자를 바꾸었습니다."),
        ("it says itself that it was sent automatically, as an answer", "자동으로 보낸 답장이라고 스스로 밝힙니다."),
    ],
)  # fmt: skip
def test_reasons_of_several_parts_are_said_part_by_part(english: str, korean: str) -> None:
    assert reasons.said(english, "ko") == korean
    assert reasons.said(english, "en") == english


def test_what_is_not_known_stays_as_it_is() -> None:
    assert (
        reasons.said("a reason of tomorrow; it states an amount", "ko") == "a reason of tomorrow. 금액이 적혀 있습니다."
    )
    assert reasons.said("", "ko") == ""
