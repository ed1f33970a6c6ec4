"""From a network to its pictures: which it gets, one recorded run, how each is drawn, the folder that comes of it.

Modules are imported by name where they are needed: numpy, matplotlib and Pillow are not loaded before, torch not before
a network is run.
"""

from netinspect.extras import need

need("matplotlib", "numpy", "PIL", purpose="drawing")
