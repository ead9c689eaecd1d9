"""The pages: each module has a `router`, and a `NAV` where it stands in the menu. See `web.factory`."""
