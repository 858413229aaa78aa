"""Gates: devices that scan, the keepers who use them, and what a gate is told about whoever passes."""
