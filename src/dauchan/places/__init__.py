"""Places, their points, signed codes and posters."""
