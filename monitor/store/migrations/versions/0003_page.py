"""What the page needs: keys to come in with, and the orders as they were last judged, in a form that is quick to ask.

`page_order` and `page_mail` are a cache: whatever is in them follows from the other tables; a rebuild throws it away.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "page_key",
        _text("hash"),
        _text("kind"),
        _text("name"),
        Column("created_at", UTCDateTime(), nullable=False),
        Column("expires_at", UTCDateTime(), nullable=True),
        PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_page_key_kind", "page_key", ["kind", "expires_at"])
    op.create_table(
        "page_order",
        _text("id"),
        _text("seller_key"),
        _text("seller"),
        _text("number"),
        Column("placed_at", UTCDateTime(), nullable=False),
        Column("moved_at", UTCDateTime(), nullable=False),
        _text("state"),
        _text("mood"),
        _text("decide_on", nullable=True),
        _text("due_on", nullable=True),
        _text("safe_until", nullable=True),
        _text("next_on", nullable=True),
        _text("stake_currency"),
        Column("stake", sa.BigInteger(), nullable=False),
        _text("currency"),
        Column("amount", sa.Float(), nullable=False),
        _text("words"),
        _text("summary"),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_page_order_mood", "page_order", ["mood", "decide_on", "due_on", "id"])
    op.create_index("ix_page_order_stake", "page_order", ["mood", "stake_currency", "stake"])
    op.create_index("ix_page_order_next", "page_order", ["mood", "next_on"])
    op.create_index("ix_page_order_placed", "page_order", ["placed_at", "id"])
    op.create_index("ix_page_order_moved", "page_order", ["moved_at", "id"])
    op.create_index("ix_page_order_state", "page_order", ["state", "placed_at"])
    op.create_index("ix_page_order_seller", "page_order", ["seller", "id"])
    op.create_index("ix_page_order_with", "page_order", ["seller_key", "placed_at"])
    op.create_index("ix_page_order_amount", "page_order", ["amount", "id"])
    op.create_index("ix_page_order_safe", "page_order", ["safe_until", "id"])
    op.create_table(
        "page_mail",
        Column("id", sa.Integer(), nullable=False),
        _text("identity"),
        _text("order_id"),
        _text("words"),
        PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identity"),
    )
    op.create_index("ix_page_mail_order", "page_mail", ["order_id"])
    # the number that says whether the cache is still true
    op.execute("INSERT INTO setting (key, value) VALUES ('page.generation', '1')")
    if op.get_context().dialect.name == "sqlite":
        for statement in _SEARCH:
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


# SQLite finds any three letters in a row by FTS5's trigrams; the text itself lies in page_mail only (external content,
# https://www.sqlite.org/fts5.html#external_content_tables). PostgreSQL looks through page_mail instead.
_SEARCH = (
    "CREATE VIRTUAL TABLE page_search USING fts5(words, content='page_mail', content_rowid='id', tokenize='trigram')",
    "CREATE VIRTUAL TABLE page_vocabulary USING fts5vocab('page_search', 'row')",
    "CREATE TRIGGER page_mail_insert AFTER INSERT ON page_mail BEGIN"
    " INSERT INTO page_search (rowid, words) VALUES (NEW.id, NEW.words); END",
    "CREATE TRIGGER page_mail_delete AFTER DELETE ON page_mail BEGIN"
    " INSERT INTO page_search (page_search, rowid, words) VALUES ('delete', OLD.id, OLD.words); END",
    "CREATE TRIGGER page_mail_update AFTER UPDATE OF words ON page_mail BEGIN"
    " INSERT INTO page_search (page_search, rowid, words) VALUES ('delete', OLD.id, OLD.words);"
    " INSERT INTO page_search (rowid, words) VALUES (NEW.id, NEW.words); END",
)
