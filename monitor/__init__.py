"""Reads what you bought from your mail, and tells you when a seller owes you something.

The whole program is one pipe; `run` is the only place where its parts meet:

    imap / mailfiles        a mailbox           -> RawMail         (edges; read-only)
    parse.triage            RawMail header      -> Header, Triage  is the body worth fetching?
    parse.parse             RawMail             -> Mail            charsets, MIME, HTML -> text
    classify.classify       Mail                -> Verdict         about a purchase? whose, which kind, why
    extract.extract         Mail, Verdict       -> Finding         every value with the quote that proves it
    link.link               Readings            -> Events          whose story does each mail belong to?
    ledger.fold             Events              -> Order           one order as its events tell it
    judge.judge             Orders, Rules, now  -> Judgements      what is due, since when is the seller silent
    escalate.next_step      Order, Judgement    -> Step            whom to turn to next, by when
    draft.draft             Order, Step         -> Draft           the text, never sent by itself
    digest.digest           all of it           -> the daily mail  what needs a decision today

Everything above `run` that touches the world (mailbox, files, SMTP, database) is an edge; everything
else is a pure function of its arguments and gets `now` handed in.
"""
