"""`netinspect explore`: one page in which a network is run, changed and asked, without a server or a library."""
