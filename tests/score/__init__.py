"""`make score`: how well purchase mails are read, against labels that a person checked.

In charge of reading the labelled mails with the parts that `refund-monitor read` uses, of counting what is right, and
of the table. Three readings of each mail are compared: as it is done every day; without any layout (`--generic-only`);
and with the whole mail read whatever its header says, which shows what the header's decision costs. It tunes nothing
and prints no word of a mail.

    labelled.py  where mails and labels come from: a folder with labels.jsonl, or the project's own sample mails
    figures.py   when a value is right, and the sums
    __main__.py  the command line and the table
"""
