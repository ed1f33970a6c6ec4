"""What pictures are put together of: colours, letters, tiles, axes, plots. Arrays in, pixels out; no network."""
