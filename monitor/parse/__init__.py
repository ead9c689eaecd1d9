"""Reading a mail: bytes to `Header` and `Mail`. In charge of charsets, MIME, HTML to text, quoted and forwarded mail,
delivery reports. Does not ask what a mail means (`classify`) nor what it states (`extract`), and never raises: what
had to be repaired is named in `Mail.defects`.

    headers.header      the header block, fast: it runs on every mail of a mailbox
    headers.glimpse     of the header block only what the first decision takes
    authentication      what the receiving server said of the sender
    tree.parts          MIME structure, transfer encodings
    html.text           HTML as the lines that a reader sees
    quotes.split        own words, quoted mail, forwarded mail
    reports             delivery reports (RFC 3464)
    body.mail           all of it together
"""

from monitor.parse.body import mail
from monitor.parse.headers import glimpse, header
from monitor.parse.reports import failed_recipients, returned_message_ids

__all__ = ["failed_recipients", "glimpse", "header", "mail", "returned_message_ids"]
