"""`python -m monitor.web.first`: prints the code with which the first password may be set; nothing where one is set.

A process of its own, started by the service: it opens the store (and brings it up to date), which takes memory that
the service would not get back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from monitor.config import ConfigError, load


def main(environ: Mapping[str, str]) -> int:
    """Returns the exit status."""
    from monitor.store import Store, StoreError
    from monitor.web import keys

    try:
        config = load(None, environ)
        with Store.open(config.store_path()) as store:
            if not keys.has_password(store):
                print(keys.new_code(store))
    except (ConfigError, StoreError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
