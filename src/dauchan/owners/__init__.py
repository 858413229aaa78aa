"""What the owner of a place does with a signed-in phone: register it, print, see who comes, hand over to health."""
