"""Pictures: arrays and plain data in, images out. Nothing here knows torch or the network.

Modules are imported by name where they are needed: numpy, matplotlib and Pillow are not loaded before.
"""

from netinspect.extras import need

need("matplotlib", "numpy", "PIL", purpose="drawing")
