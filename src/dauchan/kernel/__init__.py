"""Pure ground floor: time, ids, codes, sealing, errors, search keys, data inventory. No Django."""
