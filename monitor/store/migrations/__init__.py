"""The schema's history, run by `Store.open`; never edited once released, only added to."""
