"""Letters on their way: what was approved, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, UniqueConstraint
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FROZEN = (
    "id", "draft_id", "order_id", "nonce", "way", "message_id", "sender", "recipient", "subject", "content", "sha256",
    "payload", "approved_at",
)  # fmt: skip
KEPT = "what was approved is never changed"
ONCE = "an approved text goes out at most once"


def _text(name: str) -> Column[str]:
    return Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "outbox",
        *(_text(name) for name in ("id", "draft_id", "order_id", "nonce", "way", "message_id", "sender", "recipient")),
        _text("subject"),
        Column("content", sa.LargeBinary(), nullable=False),
        _text("sha256"),
        _text("payload"),
        Column("approved_at", UTCDateTime(), nullable=False),
        _text("status"),
        Column("attempts", sa.Integer(), nullable=False),
        Column("next_try_at", UTCDateTime(), nullable=True),
        _text("answer"),
        Column("sent_at", UTCDateTime(), nullable=True),
        _text("copy_state"),
        Column("updated_at", UTCDateTime(), nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("draft_id", "nonce", name="uq_outbox_approval"),
        UniqueConstraint("message_id", name="uq_outbox_message"),
    )
    not_over = sa.text("status NOT IN ('failed', 'withdrawn')")
    under_way = sa.text("status IN ('queued', 'sending', 'outcome_unknown')")
    for name, column, where in (("ux_outbox_draft", "draft_id", not_over), ("ux_outbox_order", "order_id", under_way)):
        op.create_index(name, "outbox", [column], unique=True, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_outbox_status", "outbox", ["status"])
    op.create_table(
        "draft_text",
        Column("id", sa.Integer(), nullable=False),
        _text("draft_id"),
        Column("at", UTCDateTime(), nullable=False),
        _text("source"),
        _text("recipient"),
        _text("subject"),
        _text("body"),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_draft_text", "draft_text", ["draft_id", "id"])
    triggers = _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE
    for statement in triggers:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


# What may follow what: only a text that waits can begin to go out, only one of which the server took nothing can wait
# again, and what is over stays as it is.
_FORBIDDEN = (
    "(OLD.status IN ('sent', 'failed', 'withdrawn') AND NEW.status <> OLD.status)"
    " OR (NEW.status = 'sending' AND OLD.status <> 'queued')"
    " OR (NEW.status = 'queued' AND OLD.status NOT IN ('queued', 'sending'))"
)

_SQLITE = tuple(
    f"CREATE TRIGGER {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    for when, why in (
        (
            "outbox_kept_insert BEFORE INSERT ON outbox WHEN EXISTS"
            " (SELECT 1 FROM outbox WHERE id = NEW.id OR message_id = NEW.message_id)",
            KEPT,
        ),
        (
            "outbox_kept_update BEFORE UPDATE ON outbox"
            f" WHEN {' OR '.join(f'OLD.{name} IS NOT NEW.{name}' for name in FROZEN)}",
            KEPT,
        ),
        (f"outbox_once BEFORE UPDATE OF status ON outbox WHEN {_FORBIDDEN}", ONCE),
        ("outbox_kept_delete BEFORE DELETE ON outbox", KEPT),
        ("draft_text_kept_update BEFORE UPDATE ON draft_text", KEPT),
        ("draft_text_kept_delete BEFORE DELETE ON draft_text", KEPT),
    )
)

# refuse_change() is made by the first migration.
_POSTGRESQL = (
    f"""
    CREATE TRIGGER outbox_kept_update BEFORE UPDATE ON outbox FOR EACH ROW
    WHEN ({" OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in FROZEN)} OR {_FORBIDDEN})
    EXECUTE FUNCTION refuse_change()
    """,
    "CREATE TRIGGER outbox_kept_delete BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER outbox_kept_truncate BEFORE TRUNCATE ON outbox EXECUTE FUNCTION refuse_change()",
    """
    CREATE TRIGGER draft_text_kept_change BEFORE UPDATE OR DELETE ON draft_text FOR EACH ROW
    EXECUTE FUNCTION refuse_change()
    """,
    "CREATE TRIGGER draft_text_kept_truncate BEFORE TRUNCATE ON draft_text EXECUTE FUNCTION refuse_change()",
)
