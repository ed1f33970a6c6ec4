"""The architecture diagram: from a network to boxes and arrows, from those to a page of lines and letters."""
