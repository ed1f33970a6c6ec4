"""First drafts: what was written by habit from elsewhere, in the words of a spec.

A style is a way in which networks are written elsewhere: torch's own code, Keras, the tables of textbooks. It is looked
for only in what is no spec, so that a spec that is right costs nothing here.
"""
