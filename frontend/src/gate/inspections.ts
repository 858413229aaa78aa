// What an inspector's phone keeps and sends: the list of the day, and a record for each place until the server has it.
// Records go under the officer's own session: nothing of an account is kept here, and an ended session keeps them.
import { cookie } from "./cookie";
import { NO_NETWORK } from "./here";
import { instantOf, newScanId } from "./ids";
import { boxed, lockAway, unboxed, unlock } from "./secret";
import { allInspections, forgetInspection, putInspection, type KeptInspection } from "./store";
import { language } from "./texts";

export interface ToInspect {
  assignment: number;
  place: number;
  name: string;
  address: string;
  unit: string;
  setting: string;
  latitude: number | null;
  longitude: number | null;
  day: string;
  points: number[];
}

export interface Today {
  officer: number;
  day: string;
  places: ToInspect[];
  reasons: { code: string; vi: string; en: string }[];
  issuer: number;
  keys: { id: number; key: string }[];
  now: string;
}

export const QUESTIONS = ["poster_shown", "right_size", "own_code", "readable", "right_place", "exits_scanned", "staff_remind"] as const;
export type Question = (typeof QUESTIONS)[number];

/** Visitors in a window of time; `taps` are those after another, true for one who scanned; `blind`: nobody could see who. */
export interface Tally {
  start: number;
  end: number | null;
  last: number;
  taps: boolean[];
  blind: boolean;
}

export interface Inspection {
  id: string;
  officer: number;
  to: ToInspect;
  answers: Partial<Record<Question, boolean>>;
  scanning: string;
  reasons: string[];
  note: string;
  tally: Tally | null;
  code: string;
  message: string;
}

export type State = KeptInspection["state"];
export interface Entry {
  state: State;
  record: Inspection;
}

export const begin = (today: Today, to: ToInspect): Inspection => ({
  id: newScanId(Date.now()), officer: today.officer, to, answers: {}, scanning: "", reasons: [], note: "", tally: null, code: "", message: "",
});

let written: Promise<unknown> = Promise.resolve();

/** On disk when this settles; one after another, so that a tap never overtakes the one after it. */
export function keep(record: Inspection, state: State): Promise<unknown> {
  const write = async () => putInspection({ id: record.id, state, box: await boxed(record) });
  return (written = written.then(write, write));
}

export async function entries(): Promise<Entry[]> {
  const opened = (await allInspections()).map(async ({ state, box }) => ({ state, record: await unboxed<Inspection>(box) }));
  return (await Promise.all(opened)).filter((entry): entry is Entry => entry.record !== null);
}

const LONGEST_MS = 4 * 3_600_000;

/** When counting ended: now, unless the phone was put away for hours; then when somebody was counted last. */
export function endOf(tally: Tally, now: number): number {
  const end = now - tally.start > LONGEST_MS ? Math.max(tally.last, tally.start + 60_000) : now;
  return Math.min(Math.max(end, tally.start + 1000), tally.start + LONGEST_MS);
}

/** A record as the server takes it. */
function body(record: Inspection): unknown {
  const { tally } = record;
  const count = tally && tally.end !== null && {
    start: new Date(tally.start).toISOString(),
    end: new Date(tally.end).toISOString(),
    visitors: tally.taps.length,
    scanned: tally.blind ? null : tally.taps.filter(Boolean).length,
  };
  return {
    id: record.id, officer: record.officer, place: record.to.place, assignment: record.to.assignment || null,
    at: new Date(instantOf(record.id)).toISOString(), ...record.answers, scanning: record.scanning, reasons: record.reasons,
    note: record.note, count: count || null,
  };
}

const PATIENCE_MS = 15_000;
type Answer<T> = { status: number; said: T | null; code: string; message: string };

async function call<T>(path: string, sent?: unknown): Promise<Answer<T>> {
  const headers: Record<string, string> = { "Accept-Language": language(), Accept: "application/json" };
  if (sent) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") });
  const request: RequestInit = { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) };
  if (sent) Object.assign(request, { method: "POST", body: JSON.stringify(sent) });
  try {
    const answer = await fetch(`/api/v1/inspections${path}`, request);
    const said = await answer.json();
    return { status: answer.status, said: answer.ok ? (said as T) : null, code: said.code ?? "", message: said.message ?? "" };
  } catch {
    return { status: NO_NETWORK, said: null, code: "", message: "" };
  }
}

const LIST = "inspections-today";
export const lastList = (): Promise<Today | null> => unlock<Today>(LIST);
const SENT = "inspections-sent";
export const sentPlaces = async (): Promise<number[]> => (await unlock<number[]>(SENT)) ?? [];

export type Trouble = "" | "offline" | "signed-out" | "another" | "busy";

/** Fetch the list of the day; what kept it from coming, "" when it came. */
export async function fetchList(): Promise<{ trouble: Trouble; message: string }> {
  const answer = await call<Today>("/today");
  if (!answer.said) return { trouble: troubleOf(answer.status), message: answer.message };
  await lockAway(LIST, answer.said);
  const still = new Set(answer.said.places.map((to) => to.place));
  await lockAway(SENT, (await sentPlaces()).filter((place) => !still.has(place)));
  return { trouble: "", message: "" };
}

const troubleOf = (status: number): Trouble => (status === NO_NETWORK ? "offline" : status === 401 ? "signed-out" : "busy");

const ONE_SENDER = "dauchan-inspection-sender";
const AGAIN_MS = 30_000;

/** Sends what waits, in one tab at a time; tells after each round how it went. */
export class InspectionSender {
  trouble: Trouble = "";
  private timer: number | undefined;

  constructor(private readonly tell: () => void) {
    addEventListener("online", () => void this.send());
  }

  async send(): Promise<void> {
    clearTimeout(this.timer);
    await navigator.locks.request(ONE_SENDER, async () => {
      this.trouble = "";
      const waiting = (await entries()).filter(({ state }) => state === "waiting");
      for (const { record } of waiting) if (!(await this.one(record))) break;
    });
    if (this.trouble) this.timer = setTimeout(() => void this.send(), AGAIN_MS);
    this.tell();
  }

  /** Send one; whether the next may follow. */
  private async one(record: Inspection): Promise<boolean> {
    let answer = await call("", body(record));
    if (answer.status === 403 && answer.code === "form_too_old") {
      await call("/today"); // its answer brings the cookie that a POST repeats
      answer = await call("", body(record));
    }
    if (answer.said) {
      await lockAway(SENT, [...(await sentPlaces()), record.to.place]);
      await forgetInspection(record.id);
      return true;
    }
    if (answer.status === 403 && answer.code === "another_officer") {
      this.trouble = "another";
      return true;
    }
    const refused = answer.status >= 400 && answer.status < 500 && ![401, 408, 429].includes(answer.status);
    if (refused && answer.code !== "form_too_old") {
      await keep({ ...record, code: answer.code, message: answer.message }, "refused");
      return true;
    }
    this.trouble = troubleOf(answer.status);
    return false;
  }
}
