"""What a network costs, worked out from what it is."""
