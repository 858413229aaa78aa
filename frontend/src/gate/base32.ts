// Crockford's base 32, as kernel/base32.py reads it: forgives case, hyphens and spaces, takes I and L as 1, O as 0.
export const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function tidy(text: string): string {
  return text.toUpperCase().replace(/[- ]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
}

export function encode(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

/** The bytes of a code; null for foreign letters, an impossible length, or spare bits that are set. */
export function decode(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of tidy(text)) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return null;
    held = (held << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
      held &= (1 << bits) - 1;
    }
  }
  return bits >= 5 || held ? null : new Uint8Array(bytes);
}
