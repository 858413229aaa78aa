// The scanner: no tap between people. The camera looks on, each person's answer stands until the next one's.
import { Camera, Decoder, picture, type Facing } from "./camera";
import type { Device } from "./device";
import { button, h, show } from "./dom";
import { typed, type Judged, type Verdict } from "./judging";
import type { Scan, State, Subject } from "./queue";
import { refusalCard, resultCard, whyNotKept } from "./result";
import { signal } from "./signals";
import { keepSetting, setting } from "./store";
import { clock, t, told } from "./texts";
import { manualScreen } from "./manual";

export interface Ways {
  keepers: () => void;
  points: () => void;
  queue: () => void;
}

const DIM_AFTER_MS = 30_000;

export class Scanner {
  private readonly camera: Camera;
  private readonly decoder = new Decoder(told.files["decoder.js"]!, told.files["zxing_reader.wasm"]!);
  private readonly answer = h("div", { class: "answer" });
  private readonly bar = h("button", { type: "button", class: "bar", onclick: () => this.leaveFor(this.ways.queue) });
  private readonly view = h("div", { class: "view" });
  private lastText = "";
  private busy = false;
  private dimmer: number | undefined;
  private lock: WakeLockSentinel | undefined;

  constructor(private readonly device: Device, private readonly ways: Ways) {
    this.camera = new Camera(this.decoder);
  }

  async open(): Promise<void> {
    const { place, here } = this.device;
    const point = here.points.find((one) => one.id === place!.point)!;
    const facing = (await setting<Facing["facing"]>("facing")) ?? "environment";
    const turn = button(t("flip"), () => this.flip(facing), "", "⟲");
    const lamp = button(t("torch"), () => this.toggleTorch(), "", "☀");
    const group = button(this.device.group ? t("group_end") : t("group"), () => this.toggleGroup(), this.device.group ? "on" : "");
    show(
      h("header", { class: "top" },
        h("h1", { class: `way ${place!.direction}` }, `${place!.direction === "in" ? "→" : "←"} ${t(place!.direction)}`),
        button(point.name, () => this.leaveFor(this.ways.points)),
        button(this.device.keeper!.name, () => this.leaveFor(this.ways.keepers))),
      h("div", { class: "stage" }, this.view, this.answer),
      this.bar,
      h("div", { class: "keys" }, button(t("manual"), () => this.manual(), "main"), this.photo(), group, turn, lamp));
    this.device.onState = (state) => this.showState(state);
    this.showState(await this.device.sender.state());
    document.addEventListener("visibilitychange", this.wakeUp);
    await this.startCamera(facing);
    lamp.hidden = !this.camera.hasTorch;
  }

  private async startCamera(facing: Facing["facing"]): Promise<void> {
    this.view.replaceChildren(this.camera.video);
    this.view.classList.toggle("mirror", facing === "user");
    try {
      await this.camera.start(facing);
    } catch {
      this.view.replaceChildren(h("p", { class: "no-camera" }, t("no_camera")));
      return;
    }
    this.wakeUp();
    void this.camera.look((text) => void this.saw(text));
  }

  /** A text came into view; while it stays there it is one sight. */
  private async saw(text: string): Promise<void> {
    this.brighten();
    if (this.busy || text === this.lastText) return;
    this.busy = true;
    this.lastText = text;
    setTimeout(() => text === this.lastText && (this.lastText = ""), 3000);
    try {
      await this.take(await this.device.judge(text), "scanned");
    } finally {
      this.busy = false;
    }
  }

  private async take(judged: Judged | null, capture: Scan["capture"]): Promise<void> {
    if (!judged) return this.note(t("repeat"));
    if (!judged.take) {
      signal("no");
      this.answer.replaceChildren(refusalCard(t(`no_${judged.why}`)));
      return;
    }
    const at = Date.now();
    try {
      await this.device.record(judged.subject, capture, at);
    } catch (error) {
      signal("no");
      this.answer.replaceChildren(refusalCard(whyNotKept(error)));
      return;
    }
    this.tell(judged.verdict, at);
    void this.complete(judged.subject, judged.verdict, at);
  }

  private tell(verdict: Verdict, at: number): void {
    signal(verdict.colour);
    this.answer.replaceChildren(resultCard(verdict, at));
  }

  /** What the network adds, if it comes in time and nobody else stands there by then. */
  private async complete(subject: Subject, verdict: Verdict, at: number): Promise<void> {
    const card = this.answer.firstChild;
    const face = await this.device.face(subject);
    if (!face || this.answer.firstChild !== card) return;
    if ("refused" in face) {
      signal("no");
      this.answer.replaceChildren(refusalCard(face.refused));
      return;
    }
    const whole = { ...verdict, ...face };
    if (whole.colour === verdict.colour) this.answer.replaceChildren(resultCard(whole, at));
    else this.tell(whole, at);
  }

  private manual(): void {
    this.stop();
    manualScreen(this.device, async (subject, shown) => {
      await this.open();
      await this.take(typed(subject, shown), "typed");
    }, () => void this.open());
  }

  /** A photograph of a code, for when the camera can't be used from here. */
  private photo(): HTMLElement {
    const input = h("input", { type: "file", accept: "image/*", capture: "environment", hidden: true, id: "photo" });
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      input.value = "";
      if (!file) return;
      const bitmap = await createImageBitmap(file).catch(() => null);
      const text = bitmap ? await this.decoder.read(picture(bitmap, bitmap.width, bitmap.height), true) : "";
      await this.take(text ? await this.device.judge(text) : { take: false, why: "unreadable" }, "scanned");
    });
    return h("label", { class: "button", for: "photo" }, input, t("photo"));
  }

  private async flip(facing: Facing["facing"]): Promise<void> {
    await keepSetting("facing", facing === "user" ? "environment" : "user");
    this.stop();
    await this.open();
  }

  private lit = false;

  private async toggleTorch(): Promise<void> {
    this.lit = !this.lit;
    await this.camera.torch(this.lit).catch(() => undefined);
  }

  private async toggleGroup(): Promise<void> {
    this.device.group = this.device.group ? undefined : crypto.randomUUID();
    this.stop();
    await this.open();
  }

  private note(text: string): void {
    const line = h("p", { class: "note", role: "status" }, text);
    this.answer.append(line);
    setTimeout(() => line.remove(), 2000);
  }

  private showState({ waiting, oldest, refused, trouble }: State): void {
    const hours = oldest ? (Date.now() - oldest) / 3_600_000 : 0;
    const late = hours >= this.device.here.settings.warn_hours;
    const words = [waiting ? t("waiting", { count: waiting, at: clock(oldest!) }) : t("all_sent"), trouble && t(`trouble_${trouble}`), refused && t("refused_count", { count: refused })];
    this.bar.textContent = words.filter(Boolean).join(" · ");
    this.bar.className = `bar ${refused || late || trouble === "revoked" ? "bad" : waiting ? "some" : "none"}`;
    if (late) this.bar.textContent += ` · ${t("late", { hours: Math.floor(hours) })}`;
  }

  private leaveFor(way: () => void): void {
    this.stop();
    this.decoder.end();
    way();
  }

  private stop(): void {
    this.camera.stop();
    clearTimeout(this.dimmer);
    document.body.classList.remove("dim");
    document.removeEventListener("visibilitychange", this.wakeUp);
    void this.lock?.release();
  }

  /** The screen stays on while the scanner is open, and dims between people. */
  private readonly wakeUp = (): void => {
    if (document.visibilityState !== "visible") return;
    void navigator.wakeLock?.request("screen").then((lock) => (this.lock = lock), () => undefined);
    this.brighten();
  };

  private brighten(): void {
    document.body.classList.remove("dim");
    clearTimeout(this.dimmer);
    this.dimmer = setTimeout(() => document.body.classList.add("dim"), DIM_AFTER_MS);
  }
}
