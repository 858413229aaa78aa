// The device at its gate: what it knows, who keeps it, where it stands, and the one way by which scans are recorded.
import { fromBase64, toBase64, equal } from "./bytes";
import { EndedPasses, type Colour, type Keys } from "./codes";
import { ask, keysOf, type Answer, type Face, type Here, type Keeper } from "./here";
import { judge, sameness, type Judged, type Verdict } from "./judging";
import { enqueue, Sender, type Scan, type State, type Subject } from "./queue";
import { lockAway, pinHash, unlock } from "./secret";
import { keepSetting, setting } from "./store";
import type { Shown } from "./showing";
import { language, told } from "./texts";

interface Kept {
  token: string;
  here: Here;
}

interface Pin {
  salt: string;
  hash: string;
  wrong: number;
}

interface Shift {
  id: string;
  keeper: number;
  began_at: string;
  ended_at: string | null;
}

export interface Place {
  point: number;
  direction: "in" | "out";
}

const REFRESH_MS = 5 * 60_000;
const TELL_MS = 60_000;
const FACE_MS = 2_500;
const MOST_SHIFTS = 100;
export const MOST_WRONG_PINS = 5;

export class Device {
  keeper: Keeper | undefined;
  place: Place | undefined;
  group: string | undefined;
  proxy: Subject | undefined;
  onState: (state: State) => void = () => undefined;
  readonly sender = new Sender(() => this.kept?.token ?? "", language, (state) => this.heard(state));
  private kept: Kept | null = null;
  private keys: Keys = { place: [], standing: [] };
  private ended: EndedPasses | null = null;
  private readonly recent = new Map<string, number>();

  get here(): Here {
    return this.kept!.here;
  }

  /** Take up what this device was; whether it has joined a place. */
  async wake(): Promise<boolean> {
    this.kept = await unlock<Kept>("kept");
    if (!this.kept) return false;
    this.learn(this.kept.here);
    this.place = await setting<Place>("place");
    if (this.place && !this.here.points.some((point) => point.id === this.place!.point)) this.place = undefined;
    await this.readEnded((await setting<ArrayBuffer>("ended")) ?? new ArrayBuffer(0));
    void this.refresh();
    setInterval(() => void this.refresh(), REFRESH_MS);
    setInterval(() => void this.tellWaiting(), TELL_MS);
    this.sender.wake();
    return true;
  }

  /** Join by a one-time code: a new device, or one more keeper of this one. */
  async join(code: string, name: string, pin: string): Promise<Answer<Keeper>> {
    const asked = { code, keeper: name, device: this.kept?.here.device.id ?? "" };
    const answer = await ask<{ keeper: Keeper; token: string; here: Here }>("/api/v1/gate/join", "", language(), asked);
    if (!answer.ok) return answer;
    const { keeper, token, here } = answer.said;
    await this.keep({ token: token || this.kept!.token, here });
    const salt = crypto.getRandomValues(new Uint8Array(16));
    await lockAway(`pin-${keeper.id}`, { salt: toBase64(salt), hash: toBase64(await pinHash(pin, salt)), wrong: 0 } satisfies Pin);
    await this.onDuty(keeper);
    return { ok: true, said: keeper };
  }

  /** Whether this is the keeper's PIN; after too many wrong ones only a new code from the owner helps. */
  async checkPin(keeper: Keeper, pin: string): Promise<"right" | "wrong" | "locked"> {
    const kept = await unlock<Pin>(`pin-${keeper.id}`);
    if (!kept || kept.wrong >= MOST_WRONG_PINS) return "locked";
    const right = equal(await pinHash(pin, fromBase64(kept.salt)), fromBase64(kept.hash));
    await lockAway(`pin-${keeper.id}`, { ...kept, wrong: right ? 0 : kept.wrong + 1 });
    if (right) await this.onDuty(keeper);
    return right ? "right" : "wrong";
  }

  private async onDuty(keeper: Keeper): Promise<void> {
    this.keeper = keeper;
    void navigator.storage?.persist?.(); // some browsers ask their user, and work goes on meanwhile
    await this.changeShift({ id: crypto.randomUUID(), keeper: keeper.id, began_at: new Date().toISOString(), ended_at: null });
  }

  /** The keeper hands the device over; scans on their way go on. */
  async leave(): Promise<void> {
    this.keeper = undefined;
    await this.changeShift();
  }

  /** End the shift that goes on, and begin another. */
  private async changeShift(next?: Shift): Promise<void> {
    const now = new Date().toISOString();
    const ended = ((await unlock<Shift[]>("shifts")) ?? []).map((shift) => ({ ...shift, ended_at: shift.ended_at ?? now }));
    await lockAway("shifts", [...ended.slice(-MOST_SHIFTS), ...(next ? [next] : [])]);
    void this.tellShifts();
  }

  async standAt(place: Place): Promise<void> {
    this.place = place;
    await keepSetting("place", place);
  }

  /** What becomes of a text now; null for a repeat within the time in which repeats are ignored. */
  async judge(text: string): Promise<Judged | null> {
    const now = Date.now();
    const judged = await judge(text, this.here.issuer, this.keys, this.ended, now);
    return judged.take && this.isRepeat(judged.subject, now) ? null : judged;
  }

  private isRepeat(subject: Subject, now: number): boolean {
    const seen = this.recent.get(sameness(subject));
    return seen !== undefined && now - seen < this.here.settings.repeat_seconds * 1000;
  }

  /** Record a scan: on disk when this settles; sent as soon as the network lets it. */
  async record(subject: Subject, capture: Scan["capture"], at = Date.now()): Promise<void> {
    const { point, direction } = this.place!;
    const scan: Scan = { subject, point, direction, capture };
    if (this.group) scan.group = this.group;
    if (this.proxy) scan.proxy = this.proxy;
    await enqueue(this.here, scan, at);
    this.recent.set(sameness(subject), Date.now());
    if (this.recent.size > 2000) this.recent.delete(this.recent.keys().next().value!);
    this.sender.wake();
  }

  /** What the server knows of somebody, if it says so in time. */
  async face(subject: Subject): Promise<Partial<Verdict> | { refused: string } | null> {
    const asking = ask<Face>("/api/v1/gate/face", this.kept!.token, language(), { subject });
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), FACE_MS));
    const answer = await Promise.race([asking, late]);
    if (!answer) return null;
    if (!answer.ok) return answer.status && answer.status < 500 && answer.status !== 429 ? { refused: answer.message } : null;
    const { colour, name, sex, birth_year, action } = answer.said;
    const known: Partial<Verdict> = { colour: colour as Colour, checked: true, action: language() === "vi" ? action.vi : action.en || action.vi };
    if (name) Object.assign(known, { name, sex, birthYear: birth_year ? String(birth_year) : "" });
    return known;
  }

  /** A sign-in code for somebody whom no message reaches, on sight of their papers. */
  async spokenCode(phone: string): Promise<Answer<{ code: string }>> {
    return ask<{ code: string }>("/api/v1/gate/code", this.kept!.token, language(), { phone });
  }

  /** What a screen at a point shows for the next two hours. */
  screenCodes(point: number): Promise<Answer<Shown>> {
    return ask<Shown>(`/api/v1/gate/screen?point=${point}`, this.kept!.token, language());
  }

  private async keep(kept: Kept): Promise<void> {
    this.kept = kept;
    this.learn(kept.here);
    await lockAway("kept", kept);
  }

  private learn(here: Here): void {
    this.keys = keysOf(here);
  }

  /** Ask what changed: keepers, points, keys, ended passes. */
  async refresh(): Promise<void> {
    const answer = await ask<Here>("/api/v1/gate/here", this.kept!.token, language());
    if (answer.ok) await this.keep({ ...this.kept!, here: answer.said });
    const headers = { Authorization: `Bearer ${this.kept!.token}` };
    const list = await fetch("/api/v1/gate/ended", { headers, cache: "no-cache", credentials: "omit" }).catch(() => null);
    if (!list?.ok) return;
    const content = await list.arrayBuffer();
    if (await this.readEnded(content)) await keepSetting("ended", content);
  }

  private async readEnded(content: ArrayBuffer): Promise<boolean> {
    const read = await EndedPasses.read(new Uint8Array(content), this.here.issuer, this.keys);
    if (read) this.ended = read;
    return read !== null;
  }

  private heard(state: State): void {
    this.onState(state);
  }

  private async tellWaiting(): Promise<void> {
    const { waiting, oldest } = await this.sender.state();
    const said = { waiting, oldest: oldest ? new Date(oldest).toISOString() : null, app: told.version };
    await ask("/api/v1/gate/waiting", this.kept!.token, language(), said);
    await this.tellShifts();
  }

  /** Tell who had the device when; what could not be told is told again later. */
  private async tellShifts(): Promise<void> {
    const shifts = (await unlock<Shift[]>("shifts")) ?? [];
    if (!shifts.length) return;
    const answer = await ask("/api/v1/gate/shifts", this.kept!.token, language(), { shifts });
    if (!answer.ok) return;
    const over = new Set(shifts.filter((shift) => shift.ended_at).map((shift) => shift.id)); // others may have ended since
    await lockAway("shifts", ((await unlock<Shift[]>("shifts")) ?? []).filter((shift) => !over.has(shift.id)));
  }
}
