"""Lists of layers as other tools that read YAML write them: what an entry says, the steps it stands for, and the file
around it."""
