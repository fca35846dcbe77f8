"""The pages in a real browser; a package, so that its browser is gone before other tests of the same worker begin."""
