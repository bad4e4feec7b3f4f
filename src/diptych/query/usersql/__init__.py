"""SQL that users write: parsed, confined to named views of one project, and rebuilt before it is sent.

The engine's own read-only mode lets files be read and other tables through, so nothing that a user wrote is ever
sent as written: the text is parsed, every part of the tree must be of a known kind, strings become bound values,
tables become the views of `views.py`, and what is sent is generated from the tree.
"""
