"""The fuzz target: any bytes at all through the whole reading, guided by what code they reach.

    make fuzz SECONDS=1800              for half an hour
    python -m tests.fuzz --again FILE   what one finding does, with its traceback

A finding is a mail that raises, breaks a promise of `Mail` or `Finding`, or costs more processor time or memory than
its size allows (`target`). Findings are kept in `.fuzz/findings`, one for each place in the code, and the search goes
on; each is to become a small mail in tests/test_hostile_chain.py or tests/mails/hostile once its cause is mended.

    target.py    one mail through parse, triage, classify, extract, output, and what is demanded of it
    seeds.py     the mails to begin with: ours, with their transfer encodings undone
    mutations.py changes that keep a mail a mail: headers, parts, charsets, tags, words of the trade, repetitions
    __main__.py  the command line: a process that searches, and one that begins it again where it died
"""
