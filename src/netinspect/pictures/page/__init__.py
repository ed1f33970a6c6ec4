"""The page over the pictures of a network, and the manifest beside it."""
