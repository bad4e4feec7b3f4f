"""Serves the web app, and signs people in."""

from diptych.web import account
from diptych.web.access import Access
from diptych.web.pages import page, root
from diptych.web.sign_in import show_link, use_link

handlers = [root, page, show_link, use_link, *account.HANDLERS]

__all__ = ["Access", "handlers"]
