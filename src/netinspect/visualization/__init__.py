"""From a network to its pictures: which figures it gets, one recorded run, the folder that comes of it.

The one place where the network, the recording and the figures meet. The command line and the Python API both draw
through it. Nothing heavy is loaded by what plans (`plan`, `request`); torch is when a session opens.
"""
