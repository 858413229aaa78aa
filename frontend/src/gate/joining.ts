// Screens before the scanner: join by a one-time code, choose who keeps the gate, choose where it stands.
import { h, button, field, show } from "./dom";
import type { Device } from "./device";
import type { Keeper } from "./here";
import { CodeReader } from "./reading";
import { whyNotKept } from "./result";
import { t } from "./texts";
import { showingScreen } from "./showing";
import { allowSound } from "./signals";

const JOIN_CODE = /^(?:https:\/\/[^#]+\/app\/cong#)?([0-9A-Z]{10})$/i;
const PIN = { inputmode: "numeric", pattern: "[0-9]{4,8}", minlength: 4, maxlength: 8, type: "password", required: true };

/** Join: the code comes typed, or in the address behind `#` when the owner's screen was scanned. */
export function joinScreen(device: Device, done: () => void, back?: () => void): void {
  const scanned = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname); // the code is of one use; it need not stay in the address
  const code = field(t("join_code"), { value: scanned, required: true, maxlength: 20, autocapitalize: "characters", class: "field code", "data-focus": !scanned });
  const name = field(t("keeper_name"), { required: true, maxlength: 80, "data-focus": Boolean(scanned) });
  const pin = field(t("new_pin"), PIN, t("pin_hint"));
  const again = field(t("pin_again"), PIN);
  const trouble = h("p", { class: "trouble", role: "alert" });
  const say = (words: string) => (trouble.textContent = words);
  const take = (text: string): boolean => {
    const seen = JOIN_CODE.exec(text)?.[1];
    say(seen ? "" : t("no_join_code"));
    if (seen) code.input.value = seen.toUpperCase();
    return Boolean(seen);
  };
  const reader = new CodeReader(t("scan_join"), take, say, t("no_camera_join"));
  const send = async (): Promise<void> => {
    if (pin.input.value !== again.input.value) return void (trouble.textContent = t("pins_differ"));
    allowSound();
    const answer = await device.join(code.input.value, name.input.value.trim(), pin.input.value).catch(notKept(trouble));
    if (!answer) return;
    if (answer.ok) return reader.close(), done();
    trouble.textContent = answer.message || t("no_network_now");
  };
  const form = h("form", { onsubmit: (event) => void (event.preventDefault(), send()) }, code.row, reader.place, name.row, pin.row, again.row, trouble, h("button", { class: "button main" }, t("join")));
  const guide = h("p", {}, h("a", { href: "/huong-dan/truc-cong" }, t("join_guide")));
  show(h("h1", {}, t("join_title")), h("p", {}, t("join_how")), form, guide, back && button(t("back"), () => { reader.close(); back(); }));
}

/** What is said when the device could not keep something. */
const notKept = (trouble: HTMLElement) => (error: unknown): undefined => {
  trouble.textContent = whyNotKept(error);
};

/** Choose who keeps the gate, by PIN. */
export function keeperScreen(device: Device, done: () => void, joinAnother: () => void): void {
  const keepers = device.here.keepers;
  const rows = keepers.map((keeper) => button(keeper.name, () => pinScreen(device, keeper, done, () => keeperScreen(device, done, joinAnother)), "wide"));
  show(h("h1", {}, t("who_keeps")), h("p", {}, device.here.place.name), ...rows, keepers.length ? null : h("p", {}, t("no_keeper")), button(t("another_keeper"), joinAnother));
}

function pinScreen(device: Device, keeper: Keeper, done: () => void, back: () => void): void {
  const pin = field(t("pin"), { ...PIN, "data-focus": true });
  const trouble = h("p", { class: "trouble", role: "alert" });
  const send = async (): Promise<void> => {
    allowSound();
    const found = await device.checkPin(keeper, pin.input.value).catch(notKept(trouble));
    if (found === "right") return done();
    pin.input.value = "";
    if (found) trouble.textContent = t(found === "locked" ? "pin_locked" : "pin_wrong");
  };
  const form = h("form", { onsubmit: (event) => void (event.preventDefault(), send()) }, pin.row, trouble, h("button", { class: "button main" }, t("begin")));
  show(h("h1", {}, keeper.name), form, button(t("back"), back));
}

/** Choose the point, and whether people come or go. */
export function pointScreen(device: Device, done: () => void): void {
  const again = (): void => pointScreen(device, done);
  const choose = async (point: number, direction: "in" | "out"): Promise<void> => {
    await device.standAt({ point, direction });
    done();
  };
  const rows = device.here.points.map((point) =>
    h("section", { class: "card" }, h("h2", {}, point.name),
      point.direction !== "out" && button(t("in"), () => choose(point.id, "in"), "main", "→"),
      point.direction !== "in" && button(t("out"), () => choose(point.id, "out"), point.direction === "out" ? "main" : "", "←"),
      button(t("screen_open"), () => showingScreen(device, point, again), "", "▦")));
  show(h("h1", {}, t("where")), h("p", {}, device.here.place.name), ...rows);
}
