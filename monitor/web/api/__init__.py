"""The same as JSON: orders, ladders, drafts, mails and counts, to be read by other programs; described by OpenAPI.

Names and spelling of values are those of `--json` on the command line. Nothing can be changed here: what leaves the
house is approved by a person who sees it. Who asks brings a token (`Authorization: Bearer rm_...`) or a session of the
page.

    models.py  what is answered, as types
    routes.py  the answers
"""

from monitor.web.api.routes import router

__all__ = ["router"]
