"""Turns the records of a result into terminal text, a page, pictures and Markdown.

``cases`` groups cells; ``tables/``, ``wording``, ``verdict`` and ``findings`` turn them into blocks
of a ``document``; ``summary`` and ``sections`` arrange these; ``terminal``, ``page`` and
``markdown`` render them. ``figures/`` has the pictures, ``rings/`` the drawings of cycles, and
``exports`` the documents for other programs.

All but pictures and pages needs only a plain install. ``figures.write_pictures`` and
``page.write_page`` need the ``report`` extra, and import it when they are called.
"""
