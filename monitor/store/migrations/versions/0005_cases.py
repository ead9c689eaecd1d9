"""Cases of failed payments: what the user said of them, kept apart from orders, since many a case never has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEPT = "what the user said and the program did is never changed"


def upgrade() -> None:
    op.create_table(
        "case_event",
        Column("id", sa.Text(), nullable=False),
        Column("case_id", sa.Text(), nullable=False),
        Column("at", UTCDateTime(), nullable=False),
        Column("kind", sa.Text(), nullable=False),
        Column("payload", sa.Text(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_case_event_case", "case_event", ["case_id", "at"])
    for statement in _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


_SQLITE = tuple(
    f"CREATE TRIGGER case_event_kept_{name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    for name, when in (
        ("insert", "INSERT ON case_event WHEN EXISTS (SELECT 1 FROM case_event WHERE id = NEW.id)"),
        ("update", "UPDATE ON case_event"),
        ("delete", "DELETE ON case_event"),
    )
)
_POSTGRESQL = (
    "CREATE TRIGGER case_event_kept_change BEFORE UPDATE OR DELETE ON case_event FOR EACH ROW"
    " EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER case_event_kept_truncate BEFORE TRUNCATE ON case_event EXECUTE FUNCTION refuse_change()",
)
