// The queue: how many scans wait, since when, and those that the server would not take.
import type { Device } from "./device";
import { button, h, show } from "./dom";
import { instantOf } from "./ids";
import { allRefused, tryAgain } from "./store";
import { choose, clock, day, language, t } from "./texts";

export async function queueScreen(device: Device, back: () => void): Promise<void> {
  const again = () => void queueScreen(device, back);
  device.onState = again;
  const [state, refused, lasting] = await Promise.all([device.sender.state(), allRefused(), navigator.storage?.persisted?.()]);
  const { here } = device;
  show(
    h("h1", {}, t("queue_title")),
    h("p", { class: "large" }, state.waiting ? t("waiting", { count: state.waiting, at: `${clock(state.oldest!)} ${day(state.oldest!)}` }) : t("all_sent")),
    state.trouble && h("p", { class: "trouble", role: "status" }, t(`trouble_${state.trouble}`)),
    h("p", {}, t("queue_safe")),
    !lasting && h("p", {}, t("may_be_cleared")),
    button(t("send_now"), () => device.sender.wake(), "main"),
    refused.length > 0 && h("h2", {}, t("refused_title")),
    ...refused.map((scan) => h("section", { class: "card" },
      h("p", {}, `${clock(instantOf(scan.id))} ${day(instantOf(scan.id))} · ${scan.message || scan.code}`),
      button(t("try_again"), async () => { await tryAgain(scan); device.sender.wake(); again(); }))),
    h("h2", {}, t("device_title")),
    h("p", {}, `${here.device.name} · ${t("until", { day: day(Date.parse(here.device.until)) })}`),
    button(language() === "vi" ? "English" : "Tiếng Việt", () => { choose(language() === "vi" ? "en" : "vi"); again(); }),
    button(t("back"), () => { device.onState = () => undefined; back(); }));
}
