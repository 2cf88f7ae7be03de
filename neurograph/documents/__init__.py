"""Documents: what is said in words, equations and tables, written in any format."""
