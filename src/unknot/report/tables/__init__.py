"""A result's tables, by what they are about: :class:`~unknot.report.document.Table` values."""
