"""The commands, their arguments and their help: about the program, about mails, about orders."""
