// What a device can tell of a code without network (docs/reference/codes.md): whose it is, whether it is true, how old.
// It can open none: a pass stays noise here. What was scanned is recorded whatever this says, and judged again there.
import { verifyAsync } from "@noble/ed25519";
import { decode } from "./base32";
import { equal, sha256, type Bytes } from "./bytes";

export const STEP_SECONDS = 30;
export const STEPS_TOLERATED = 1;
export type Colour = "grey" | "green" | "yellow" | "orange" | "red";
const COLOURS: readonly Colour[] = ["grey", "green", "yellow", "orange", "red"];

const PLACE = 1;
const PASS = 2;
const ROTATING = 3;
const SCREEN = 5;
const HEADER = 4;
const SEALED = 36;
const SIGNATURE = 64;
const SIZES: Record<number, number> = { [PLACE]: 78, [SCREEN]: 82, [PASS]: HEADER + SEALED, [ROTATING]: 211 };

export interface PublicKey {
  id: number;
  key: Bytes;
}

export interface Keys {
  place: PublicKey[];
  standing: PublicKey[];
}

/** Why a code is not taken for what it says it is; the kinds are the server's own. */
export type Fault = "code_malformed" | "code_foreign_issuer" | "code_unknown_key" | "code_altered" | "code_expired";

export type Seen =
  | { kind: "place"; pointId: number }
  | { kind: "pass"; sealed: Bytes }
  | { kind: "rotating"; sealed: Bytes; colour: Colour; until: number };

/** What a text is, at an instant in milliseconds; a fault for a code that is no true one of this issuer. */
export async function see(text: string, issuer: number, keys: Keys, now: number): Promise<Seen | Fault> {
  const content = decode(codeWithin(text));
  const kind = content && content[0]! >> 4 === 1 ? content[0]! & 15 : 0;
  if (!content || content.length !== SIZES[kind]) return "code_malformed";
  if (((content[1]! << 8) | content[2]!) !== issuer) return "code_foreign_issuer";
  if (kind === PASS) return { kind: "pass", sealed: content.slice(HEADER) };
  return kind === PLACE || kind === SCREEN ? seePlace(content, keys) : seeRotating(content, keys, now);
}

/** The code within a poster's address, or the text itself. */
export const codeWithin = (text: string): string => text.trim().slice(text.trim().lastIndexOf("/") + 1);

async function seePlace(content: Bytes, keys: Keys): Promise<Seen | Fault> {
  const fault = await check(keys.place, content[3]!, content);
  return fault ?? { kind: "place", pointId: view(content).getUint32(HEADER + 4) };
}

async function seeRotating(content: Bytes, keys: Keys, now: number): Promise<Seen | Fault> {
  const certificate = content.slice(0, -SIGNATURE - 4);
  const body = certificate.slice(0, -SIGNATURE);
  const sealed = body.slice(HEADER + 1, HEADER + 1 + SEALED);
  const fault = await check(keys.standing, body[HEADER]!, certificate);
  if (fault) return fault;
  const deviceKey = body.slice(HEADER + 1 + SEALED, HEADER + 1 + SEALED + 33);
  if (!(await shownBy(deviceKey, content))) return "code_altered";
  const until = view(body).getUint32(body.length - 4) * 1000;
  const step = view(content).getUint32(content.length - SIGNATURE - 4);
  const late = Math.abs(step - Math.floor(now / 1000 / STEP_SECONDS));
  if (late > STEPS_TOLERATED || until < now) return "code_expired";
  return { kind: "rotating", sealed, colour: COLOURS[body[body.length - 5]!] ?? "grey", until };
}

/** Check an Ed25519 signature at the end of its message; nothing when it is right. */
async function check(keys: PublicKey[], id: number, signed: Bytes): Promise<Fault | undefined> {
  const key = keys.find((one) => one.id === id);
  if (!key) return "code_unknown_key";
  try {
    const right = await verifyAsync(signed.slice(-SIGNATURE), signed.slice(0, -SIGNATURE), key.key);
    return right ? undefined : "code_altered";
  } catch {
    return "code_altered";
  }
}

async function shownBy(compressed: Bytes, content: Bytes): Promise<boolean> {
  try {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("raw", uncompressed(compressed), algorithm, false, ["verify"]);
    const signature = content.slice(-SIGNATURE);
    return await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, content.slice(0, -SIGNATURE));
  } catch {
    return false;
  }
}

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** A point of P-256 with both coordinates: not every browser takes the short form. Throws for no point. */
function uncompressed(compressed: Bytes): Bytes {
  const x = number(compressed.slice(1));
  const square = (((x * x - 3n) * x + B) % P + P) % P;
  const root = power(square, (P + 1n) / 4n);
  if ((root * root) % P !== square) throw new RangeError("no point of the curve");
  const y = (root & 1n) === BigInt(compressed[0]! & 1) ? root : P - root;
  return new Uint8Array([4, ...compressed.slice(1), ...digits(y)]);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % P)
    if (rest & 1n) result = (result * square) % P;
  return result;
}

const number = (bytes: Bytes): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

const digits = (value: bigint): number[] =>
  Array.from({ length: 32 }, (_, place) => Number((value >> BigInt(8 * (31 - place))) & 255n));

const view = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const LIST_HEADER = 12;
const ENTRY = 8;

/** The signed list of ended passes (docs/reference/gates.md), ready to be asked. */
export class EndedPasses {
  private constructor(private readonly content: Bytes, readonly madeAt: number, readonly count: number) {}

  /** The list, or null when it is not this issuer's, not whole or not signed by it. */
  static async read(content: Bytes, issuer: number, keys: Keys): Promise<EndedPasses | null> {
    if (content.length < LIST_HEADER + SIGNATURE || content[0] !== 1) return null;
    const head = view(content);
    const count = head.getUint32(8);
    if (head.getUint16(1) !== issuer || content.length !== LIST_HEADER + count * ENTRY + SIGNATURE) return null;
    if (await check(keys.standing, content[3]!, content)) return null;
    return new EndedPasses(content, head.getUint32(4) * 1000, count);
  }

  /** Whether a pass, by its sealed part, has ended. */
  async has(sealed: Bytes): Promise<boolean> {
    const wanted = (await sha256(sealed)).slice(0, ENTRY);
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.content.subarray(LIST_HEADER + middle * ENTRY, LIST_HEADER + (middle + 1) * ENTRY);
      const order = compare(entry, wanted);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  }
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const at = one.findIndex((byte, place) => byte !== other[place]);
  return at < 0 || equal(one, other) ? 0 : one[at]! - other[at]!;
}
