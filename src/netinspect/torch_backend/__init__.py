"""The torch side of netinspect: building the model of a Network, and having torch check every figure.

The only package that imports torch. Commands import it when they need it, never at start-up.
"""

from netinspect.extras import need

need("torch", purpose="building or running a network")
