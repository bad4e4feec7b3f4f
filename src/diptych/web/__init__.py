"""Serves the web app, and signs people in."""

from diptych.web.access import Access
from diptych.web.pages import page, root
from diptych.web.sign_in import session, show_link, use_link

handlers = [root, page, show_link, use_link, session]

__all__ = ["Access", "handlers"]
