// HPKE to the server's key, as visits/gateway/wire.py opens it: RFC 9180 base mode, X25519, HKDF-SHA256, AES-128-GCM.
import { Aes128Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";
import { bytesOf, type Bytes } from "./bytes";

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
const CONTEXT = bytesOf("dauchan/scans/1");

/** `enc || ciphertext` of a text. */
export async function seal(publicKey: Bytes, plain: string): Promise<Bytes> {
  const recipientPublicKey = await suite.kem.importKey("raw", publicKey.buffer.slice(publicKey.byteOffset, publicKey.byteOffset + publicKey.byteLength), true);
  const sender = await suite.createSenderContext({ recipientPublicKey, info: CONTEXT });
  const sealed = await sender.seal(bytesOf(plain));
  const enc = new Uint8Array(sender.enc);
  const whole = new Uint8Array(enc.length + sealed.byteLength);
  whole.set(enc);
  whole.set(new Uint8Array(sealed), enc.length);
  return whole;
}
