"""What citizens see: the page behind a place's code, signing a phone in, and everything kept about oneself."""
