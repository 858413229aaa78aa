// A citizen's rotating pass: the server's certificate and a signature of this phone over a step of 30 s. It works
// without network until the certificate ends; a picture of it is refused a minute later.
import { encode } from "./base32";
import { fromBase64, toBase64, type Bytes } from "./bytes";
import { cookie } from "./cookie";
import { STEP_SECONDS, type Colour } from "./codes";
import { button, h, keepAwake, show } from "./dom";
import { draw } from "./drawing";
import { lockAway, unlock } from "./secret";
import { keepSetting, setting } from "./store";
import { clock, day, t, told } from "./texts";

interface Certificate {
  certificate: string;
  colour: Colour;
  until: string;
  name: string;
}

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const PATIENCE_MS = 3_000; // with a pass at hand, for whoever stands in a queue
const FIRST_PATIENCE_MS = 30_000;

/** The phone's own key, made once; no script can read its secret half. */
async function ownKey(): Promise<CryptoKeyPair> {
  const kept = await setting<CryptoKeyPair>("pass-key");
  if (kept) return kept;
  const made = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  await keepSetting("pass-key", made);
  return made;
}

/** The public half in its short form, as the certificate holds it. */
async function shortKey(pair: CryptoKeyPair): Promise<Bytes> {
  const whole = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return new Uint8Array([2 + (whole[64]! & 1), ...whole.slice(1, 33)]);
}

/** Ask for a certificate; "signed-out" when this phone is not signed in, null without network. */
async function certified(pair: CryptoKeyPair, patience: number): Promise<Certificate | "signed-out" | "unproved" | null> {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") };
  const body = JSON.stringify({ key: toBase64(await shortKey(pair)) });
  const signal = AbortSignal.timeout(patience);
  const answer = await fetch(told.certificate, { method: "POST", headers, body, signal, redirect: "manual" }).catch(() => null);
  if (!answer) return null;
  if (answer.type === "opaqueredirect" || answer.status === 401) return "signed-out";
  if (answer.status === 403) return "unproved";
  return answer.ok ? (answer.json().catch(() => null) as Promise<Certificate | null>) : null;
}

/** What is shown at an instant: certificate, step, the phone's signature over both. */
export async function rotating(certificate: Bytes, key: CryptoKey, now: number): Promise<string> {
  const step = Math.floor(now / 1000 / STEP_SECONDS);
  const body = new Uint8Array([...certificate, (step >>> 24) & 255, (step >>> 16) & 255, (step >>> 8) & 255, step & 255]);
  const signature = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, body));
  return encode(new Uint8Array([...body, ...signature]));
}

/** The page of one's rotating pass: with network that of whoever is signed in now, else the last one. */
export async function passScreen(): Promise<void> {
  const pair = await ownKey();
  const last = await unlock<Certificate>("pass");
  const fresh = await certified(pair, last ? PATIENCE_MS : FIRST_PATIENCE_MS);
  if (fresh === "signed-out" || fresh === "unproved") {
    await keepSetting("pass", undefined);
    return fresh === "unproved" ? goFirst(t("prove_first"), t("prove"), told.prove) : goFirst(t("sign_in_first"), t("sign_in"), told.sign_in);
  }
  if (fresh) await lockAway("pass", fresh);
  const kept = fresh ?? last;
  if (!kept) return show(h("h1", {}, t("my_pass")), h("p", { role: "alert" }, t("pass_needs_network")), button(t("try_again"), () => passScreen(), "main"));
  if (Date.parse(kept.until) < Date.now()) return show(h("h1", {}, t("my_pass")), h("p", { role: "alert" }, t("pass_ended")), button(t("try_again"), () => passScreen(), "main"));
  showPass(kept, pair.privateKey);
}

const goFirst = (why: string, label: string, where: string): void =>
  show(h("h1", {}, t("my_pass")), h("p", {}, why), h("a", { class: "button main", href: where }, label));

function showPass(kept: Certificate, key: CryptoKey): void {
  const until = Date.parse(kept.until);
  const certificate = fromBase64(kept.certificate);
  const canvas = h("canvas", { class: "pass", role: "img", "aria-label": t("pass_picture") });
  const time = h("p", { class: "large" });
  const left = h("progress", { max: STEP_SECONDS, "aria-label": t("pass_next") });
  show(
    h("h1", {}, t("my_pass")),
    h("p", { class: `standing ${kept.colour}` }, `${kept.name} · ${t(`colour_${kept.colour}`)}`),
    canvas, time, left,
    h("p", {}, t("pass_how")),
    h("p", { class: "quiet" }, t("pass_until", { at: `${clock(until)} ${day(until)}` })),
    h("a", { class: "button", href: told.mine }, t("my_pages")));
  let step = -1;
  const turn = async (): Promise<void> => {
    if (!canvas.isConnected) return;
    const now = Date.now();
    const current = Math.floor(now / 1000 / STEP_SECONDS);
    if (current !== step) draw(canvas, await rotating(certificate, key, now));
    step = current;
    time.textContent = new Intl.DateTimeFormat("vi", { timeZone: "Asia/Ho_Chi_Minh", timeStyle: "medium" }).format(now);
    left.value = STEP_SECONDS - (now / 1000) % STEP_SECONDS;
    setTimeout(() => void turn(), 250);
  };
  void turn();
  keepAwake(canvas);
}
