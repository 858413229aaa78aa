// A place's code on a screen at the entrance: another one every 30 s, so that a picture of it proves nothing later. Codes
// are fetched for two hours; the device's clock is held against the server's.
import { STEP_SECONDS } from "./codes";
import type { Device } from "./device";
import { button, h, keepAwake, show } from "./dom";
import { draw } from "./drawing";
import { t } from "./texts";

export interface Shown {
  now: string;
  codes: { at: string; url: string }[];
}

const FETCH_EVERY_MS = 30 * 60_000;
const TRY_AGAIN_MS = 30_000;

export async function showingScreen(device: Device, point: { id: number; name: string }, back: () => void): Promise<void> {
  const canvas = h("canvas", { class: "pass", role: "img", "aria-label": t("screen_picture") });
  const left = h("progress", { max: STEP_SECONDS, "aria-label": t("pass_next") });
  const trouble = h("p", { class: "trouble", role: "status" });
  show(
    h("h1", {}, device.here.place.name),
    h("p", {}, [device.here.place.address, point.name].filter(Boolean).join(" · ")),
    canvas, left, trouble,
    h("p", { class: "large" }, t("screen_how")),
    button(t("back"), back));
  let codes: { from: number; url: string }[] = [];
  let url = "";
  const fetchMore = async (): Promise<void> => {
    const answer = await device.screenCodes(point.id);
    if (!canvas.isConnected) return;
    if (answer.ok) {
      const ahead = Date.parse(answer.said.now) - Date.now();
      codes = answer.said.codes.map((code) => ({ from: Date.parse(code.at) - ahead, url: code.url }));
    } else if (answer.status >= 400 && answer.status < 500) {
      codes = []; // revoked, or the point was closed: nothing is shown any longer
      trouble.textContent = answer.message;
    }
    setTimeout(() => void fetchMore(), answer.ok ? FETCH_EVERY_MS : TRY_AGAIN_MS);
  };
  const turn = (): void => {
    if (!canvas.isConnected) return;
    const now = Date.now();
    const current = codes.find(({ from }) => from <= now && now < from + STEP_SECONDS * 1000);
    canvas.hidden = left.hidden = !current;
    if (current && current.url !== url) draw(canvas, current.url);
    if (current) trouble.textContent = "";
    else if (!trouble.textContent) trouble.textContent = t("screen_needs_network");
    url = current?.url ?? "";
    left.value = current ? STEP_SECONDS - (now - current.from) / 1000 : 0;
    setTimeout(turn, 250);
  };
  await fetchMore();
  turn();
  keepAwake(canvas);
}
