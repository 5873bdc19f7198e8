"""One file for each form in which findings are printed."""
