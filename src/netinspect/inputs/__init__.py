"""What a network is shown: pictures, sounds and arrays, made ready by the steps of the spec's `preprocess`.

Nothing here runs a network, and nothing needs torch.
"""

from netinspect.extras import need

need("numpy", "PIL", purpose="reading an input")
