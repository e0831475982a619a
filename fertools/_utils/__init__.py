"""Private helpers: image I/O, compiled kernels, parallel chunks, atomic files."""
