"""Pages that mix slices, base templates and the route table."""
