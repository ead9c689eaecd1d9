"""One file per revision, named NNNN_what.py: the number is the revision."""
