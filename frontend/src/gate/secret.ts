// The device's token and what it knows of its place, at rest: under a key that no script can read out, so that nothing
// of it stands readable in the browser's profile. Whoever has the whole device can use it until it is revoked.
import { bytesOf, type Bytes } from "./bytes";
import { keepSetting, setting } from "./store";

interface Box {
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

/** Keep something that only this device's key opens. */
export async function lockAway(name: string, value: unknown): Promise<void> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await deviceKey(), bytesOf(JSON.stringify(value)));
  await keepSetting(name, { iv, sealed } satisfies Box);
}

/** What was kept under this name; null when nothing was, or it can't be opened. */
export async function unlock<T>(name: string): Promise<T | null> {
  const box = await setting<Box>(name);
  if (!box) return null;
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
