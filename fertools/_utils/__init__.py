"""Private helpers: image input, compiled kernels, parallel chunks, atomic files."""
