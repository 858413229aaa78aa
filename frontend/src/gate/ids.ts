// A scan's id is a UUIDv7 whose time is the instant of the scan (kernel/ids.py).
export function newScanId(at: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let place = 0, rest = at; place < 6; place++, rest = Math.floor(rest / 256)) bytes[5 - place] = rest % 256;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The instant within an id, in milliseconds. */
export const instantOf = (id: string): number => parseInt(id.replace("-", "").slice(0, 12), 16);
