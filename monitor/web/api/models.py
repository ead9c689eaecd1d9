"""What the API answers, as types: the description in OpenAPI is made of them. It computes nothing."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """What went wrong."""

    detail: str


class Sum(BaseModel):
    """Money of several orders, in one currency."""

    currency: str = Field(description="ISO 4217")
    amount: str = Field(description="decimal string")
    orders: int


class Counts(BaseModel):
    """What the first page shows, as numbers."""

    decide: int = Field(description="orders that need a decision")
    ask: int = Field(description="orders with a question to the user")
    wait: int = Field(description="orders that merely wait")
    old: int = Field(description="those among `decide` that were late before the program first looked")
    doubt: int = Field(description="orders opened by a mail whose sender is doubtful")
    rest: int = Field(description="orders for which nothing is open")
    drafts: int = Field(description="drafts that wait for a decision")
    next_safe_day: date | None = Field(description="the earliest last safe day of all next steps")
    open: list[Sum] = Field(description="money that was paid and is neither delivered nor given back")
    overdue: list[Sum] = Field(description="that part of it which is flagged")
    mails_today: int = Field(description="mails of the last 24 hours")
    heard_until: datetime | None = Field(description="up to when the least-read mailbox was read")
    troubled: list[str] = Field(description="names of mailboxes that could not be read lately")
    current: bool = Field(description="false: the counts are older than the newest mails and are being renewed")


class NextStep(BaseModel):
    """What can be done next."""

    rung: str
    addressee: str
    channel: str
    not_before: date
    last_safe_day: date | None
    rules: list[str]
    rules_out: list[str]
    assumed: bool


class Order(BaseModel):
    """An order, as `refund-monitor orders --json` tells it."""

    id: str
    seller: str
    order_number: str | None
    total: str | None
    currency: str | None
    placed_at: datetime
    state: str
    waits_for: str
    due_on: date | None
    overdue_days: int
    silent_since: datetime | None
    flagged: bool
    urgent: bool
    asks: str | None
    reason: str
    paid: str | None
    promised_back: str | None
    given_back: str | None
    payment_method: str | None
    next_step: NextStep | None
    items: list[str] = []


class Orders(BaseModel):
    """A part of the list."""

    count: int = Field(description="how many there are in all")
    orders: list[Order]


class Event(BaseModel):
    """Something that happened to an order."""

    id: str
    at: datetime
    kind: str
    source: str = Field(description="mail, user or monitor")
    mail: str | None
    subject: str | None


class Story(BaseModel):
    """An order with what happened to it, oldest first."""

    order: Order
    events: list[Event]


class LadderStep(NextStep):
    """A step of an order's ladder, as `refund-monitor ladder --json` tells it."""

    alarm_on: date | None
    status: str
    reason: str


class Draft(BaseModel):
    """A text that waits for a decision, as `refund-monitor drafts --json` tells it."""

    id: str
    order_id: str
    rung: str
    channel: str
    to: str | None
    subject: str
    body: str
    language: str
    status: str
    rules: list[str]
    based_on: list[str]


class Mail(BaseModel):
    """A mail and what it was taken for. Of mails that are not about a purchase no subject is kept."""

    id: str
    received_at: datetime
    kind: str | None
    reason: str
    purchase: bool
    authentication: str
    sender_domain: str
    subject: str | None
    order_id: str | None
