"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # autogenerate writes sqlmodel.sql.sqltypes without importing it
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
