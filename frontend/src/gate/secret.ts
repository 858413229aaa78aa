// The device's token and what it knows of its place, at rest: under a key that no script can read out, so that nothing
// of it stands readable in the browser's profile. Whoever has the whole device can use it until it is revoked.
import { bytesOf, type Bytes } from "./bytes";
import { keepSetting, setting } from "./store";

export interface Box {
  iv: Bytes;
  sealed: ArrayBuffer;
}

async function deviceKey(): Promise<CryptoKey> {
  const kept = await setting<CryptoKey>("device-key");
  if (kept) return kept;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await keepSetting("device-key", made);
  return made;
}

/** Something in a box that only this device's key opens. */
export async function boxed(value: unknown): Promise<Box> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await deviceKey(), bytesOf(JSON.stringify(value)));
  return { iv, sealed };
}

/** Keep something that only this device's key opens. */
export const lockAway = async (name: string, value: unknown): Promise<void> => void (await keepSetting(name, await boxed(value)));

/** What was kept under this name; null when nothing was, or it can't be opened. */
export async function unlock<T>(name: string): Promise<T | null> {
  const box = await setting<Box>(name);
  return box ? unboxed<T>(box) : null;
}

/** What is in a box; null when it can't be opened. */
export async function unboxed<T>(box: Box): Promise<T | null> {
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, await deviceKey(), box.sealed);
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  } catch {
    return null;
  }
}

const ROUNDS = 200_000; // about half a second on an old phone; ours

/** A PIN's hash under a salt, for keepers who take turns at one device. */
export async function pinHash(pin: string, salt: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", bytesOf(pin), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}
