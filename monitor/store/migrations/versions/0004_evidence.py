"""Files that the user attached, and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEPT = "an attached file is never changed"


def upgrade() -> None:
    op.create_table(
        "attachment",
        Column("id", sa.Text(), nullable=False),
        Column("at", UTCDateTime(), nullable=False),
        Column("name", sa.Text(), nullable=False),
        Column("content_type", sa.Text(), nullable=False),
        Column("size", sa.BigInteger(), nullable=False),
        Column("sha256", sa.Text(), nullable=False),
        Column("content", sa.LargeBinary(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    for statement in _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


_SQLITE = tuple(
    f"CREATE TRIGGER attachment_kept_{name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    for name, when in (
        ("insert", "INSERT ON attachment WHEN EXISTS (SELECT 1 FROM attachment WHERE id = NEW.id)"),
        ("update", "UPDATE ON attachment"),
    )
)
_POSTGRESQL = (
    "CREATE TRIGGER attachment_kept_update BEFORE UPDATE ON attachment FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)
