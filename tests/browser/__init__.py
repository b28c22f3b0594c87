"""The page in a real browser; a package, so that the browser closes after its last test."""
