"""The first tables, and the triggers that keep what the user said and what the program did from being overwritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Everything of an event but the order that it hangs on.
SAID = ("id", "at", "kind", "source", "mail", "anchor_seller", "anchor_number", "payload")
KEPT = "what the user said and the program did is never changed"


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, sa.Text(), nullable=nullable)


def _refers_to(name: str, target: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, sa.Text(), ForeignKey(target, deferrable=True, initially="DEFERRED"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "raw",
        _text("sha256"),
        Column("content", sa.LargeBinary(), nullable=False),
        Column("size", sa.BigInteger(), nullable=False),
        _text("left_out"),
        PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "mail",
        _text("identity"),
        _text("message_id", nullable=True),
        Column("sent_at", UTCDateTime(), nullable=True),
        Column("received_at", UTCDateTime(), nullable=False),
        _text("counterpart_domain"),
        _text("kind", nullable=True),
        _text("reason"),
        Column("candidate", sa.Boolean(), nullable=False),
        Column("purchase", sa.Boolean(), nullable=False),
        _text("authentication"),
        _text("reader_version"),
        _refers_to("raw_sha256", "raw.sha256", nullable=True),
        PrimaryKeyConstraint("identity"),
    )
    op.create_index("ix_mail_received", "mail", ["received_at"])
    op.create_index("ix_mail_counterpart", "mail", ["counterpart_domain", "received_at"])
    has_raw = sa.text("raw_sha256 IS NOT NULL")
    op.create_index("ix_mail_raw", "mail", ["raw_sha256"], sqlite_where=has_raw, postgresql_where=has_raw)
    op.create_table(
        "location",
        _text("account"),
        _text("folder"),
        Column("uidvalidity", sa.BigInteger(), nullable=False),
        Column("uid", sa.BigInteger(), nullable=False),
        _refers_to("identity", "mail.identity"),
        PrimaryKeyConstraint("account", "folder", "uidvalidity", "uid"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_location_identity", "location", ["identity"])
    op.create_table(
        "reading",
        _refers_to("identity", "mail.identity"),
        Column("received_at", UTCDateTime(), nullable=False),
        _text("seller_key", nullable=True),
        _text("order_number", nullable=True),
        Column("version", sa.Integer(), nullable=False),
        _text("reading"),
        PrimaryKeyConstraint("identity"),
    )
    op.create_index("ix_reading_received", "reading", ["received_at", "identity"])
    op.create_index("ix_reading_order", "reading", ["seller_key", "order_number"])
    op.create_table(
        "folder",
        _text("account"),
        _text("folder"),
        Column("uidvalidity", sa.BigInteger(), nullable=False),
        Column("next_uid", sa.BigInteger(), nullable=False),
        Column("heard_until", UTCDateTime(), nullable=True),
        Column("backfill_from", UTCDateTime(), nullable=True),
        Column("updated_at", UTCDateTime(), nullable=False),
        PrimaryKeyConstraint("account", "folder"),
    )
    op.create_table(
        "event",
        _text("id"),
        _text("order_id"),
        Column("at", UTCDateTime(), nullable=False),
        _text("kind"),
        _text("source"),
        _text("mail", nullable=True),
        _text("anchor_seller", nullable=True),
        _text("anchor_number", nullable=True),
        _text("payload"),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_event_order", "event", ["order_id", "at"])
    op.create_index("ix_event_source", "event", ["source", "at"])
    op.create_index("ix_event_anchor", "event", ["anchor_seller", "anchor_number"])
    op.create_table(
        "sent",
        _text("message_id"),
        _text("kind"),
        Column("at", UTCDateTime(), nullable=False),
        _text("order_id", nullable=True),
        _text("draft_id", nullable=True),
        PrimaryKeyConstraint("message_id"),
    )
    op.create_table(
        "draft",
        _text("id"),
        _text("order_id"),
        _text("rung"),
        _text("status"),
        _text("draft"),
        Column("created_at", UTCDateTime(), nullable=False),
        Column("updated_at", UTCDateTime(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_draft_order", "draft", ["order_id"])
    op.create_table(
        "problem",
        Column("id", sa.Integer(), nullable=False),
        Column("at", UTCDateTime(), nullable=False),
        _text("stage"),
        _text("mail", nullable=True),
        _text("message"),
        Column("resolved_at", UTCDateTime(), nullable=True),
        PrimaryKeyConstraint("id"),
    )
    op.create_table("setting", _text("key"), _text("value"), PrimaryKeyConstraint("key"))
    triggers = _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE
    for statement in triggers:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


# A new row with an old id comes as INSERT OR REPLACE in SQLite, whose deletion fires no DELETE trigger: hence the
# trigger on INSERT. An UPDATE could also make a mail's event a statement, or take a statement's id.
_SQLITE = tuple(
    f"CREATE TRIGGER {when} BEGIN SELECT RAISE({what}); END"
    for when, what in (
        (
            "event_kept_insert BEFORE INSERT ON event"
            " WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id AND source IN ('user', 'monitor'))",
            f"ABORT, '{KEPT}'",
        ),
        (
            "event_kept_update BEFORE UPDATE ON event"
            " WHEN (OLD.source IN ('user', 'monitor') OR NEW.source IN ('user', 'monitor'))"
            f" AND ({' OR '.join(f'OLD.{name} IS NOT NEW.{name}' for name in SAID)})",
            f"ABORT, '{KEPT}'",
        ),
        ("event_kept_id BEFORE UPDATE OF id ON event WHEN OLD.id IS NOT NEW.id", f"ABORT, '{KEPT}'"),
        ("event_kept_delete BEFORE DELETE ON event WHEN OLD.source IN ('user', 'monitor')", f"ABORT, '{KEPT}'"),
        (
            "sent_kept_insert BEFORE INSERT ON sent WHEN EXISTS (SELECT 1 FROM sent WHERE message_id = NEW.message_id)",
            "IGNORE",
        ),
        ("sent_kept_update BEFORE UPDATE ON sent", f"ABORT, '{KEPT}'"),
        ("sent_kept_delete BEFORE DELETE ON sent", f"ABORT, '{KEPT}'"),
    )
)

_POSTGRESQL = (
    f"""
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    f"""
    CREATE TRIGGER event_kept_update BEFORE UPDATE ON event FOR EACH ROW
    WHEN ((OLD.source IN ('user', 'monitor') OR NEW.source IN ('user', 'monitor'))
      AND ({" OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in SAID)}))
    EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER event_kept_delete BEFORE DELETE ON event FOR EACH ROW
    WHEN (OLD.source IN ('user', 'monitor')) EXECUTE FUNCTION refuse_change()
    """,
    "CREATE TRIGGER event_kept_truncate BEFORE TRUNCATE ON event EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER sent_kept_change BEFORE UPDATE OR DELETE ON sent FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER sent_kept_truncate BEFORE TRUNCATE ON sent EXECUTE FUNCTION refuse_change()",
)
