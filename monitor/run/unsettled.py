"""Whether all stored mails are linked: a mark that stands from the first new mail until a pass has linked everything.

In charge of the mark's name alone, so that whoever only asks for it loads nothing of taking mails in.
"""

UNSETTLED = "intake.unsettled"
"""Setting: "1" from the first stored mail of a pass until its end; a pass that was killed is settled by the next.

A word of the user that changes which mails belong together sets it, too: what it means for other orders is then open.
"""
