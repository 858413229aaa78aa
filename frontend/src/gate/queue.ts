// From a scan to the ledger: sealed and on disk before anything else, then sent until the server has answered for it.
// Nothing unacknowledged is ever deleted here. Sending again is harmless: a scan's id is its own.
import { fromBase64, toBase64 } from "./bytes";
import { ask, NO_NETWORK, type Here } from "./here";
import { instantOf, newScanId } from "./ids";
import { seal } from "./sealing";
import { countRefused, countWaiting, forget, oldestWaiting, putAside, putWaiting, type Waiting } from "./store";

export type Subject =
  | { kind: "pass"; code: string }
  | { kind: "document"; type: string; number: string }
  | { kind: "phone"; number: string };

export interface Scan {
  subject: Subject;
  point: number;
  direction: "in" | "out";
  capture: "scanned" | "typed" | "paper";
  group?: string;
  proxy?: Subject;
}

interface Result {
  id: string;
  status: "accepted" | "duplicate" | "conflict" | "kept" | "rejected";
  code?: string;
  message?: string;
}

/** How it stands with the queue: how many wait, since when, how many were refused, and why nothing is sent. */
export interface State {
  waiting: number;
  oldest: number | null;
  refused: number;
  trouble: "" | "offline" | "busy" | "revoked";
}

/** Seal a scan and put it on disk; its id. */
export async function enqueue(here: Here, scan: Scan, at: number): Promise<string> {
  const id = newScanId(at);
  const { envelope: key } = here.keys;
  const batch = JSON.stringify({ scans: [{ id, ...scan }] });
  await putWaiting({ id, envelope: await seal(fromBase64(key.key), batch), key: key.id });
  return id;
}

const AT_ONCE = 50;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
const ONE_SENDER = "dauchan-gate-sender";

/** Sends what waits, in one tab at a time, from the oldest on; tells how it stands after each change. */
export class Sender {
  private pause = FIRST_PAUSE_MS;
  private trouble: State["trouble"] = "";
  private timer: number | undefined;
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly token: () => string,
    private readonly language: () => string,
    private readonly tell: (state: State) => void,
  ) {
    addEventListener("online", () => this.wake());
  }

  /** Send now, without waiting for the next try. */
  wake(): void {
    clearTimeout(this.timer);
    this.again = true;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  async state(): Promise<State> {
    const [waiting, refused, [oldest]] = await Promise.all([countWaiting(), countRefused(), oldestWaiting(1)]);
    return { waiting, refused, oldest: oldest ? instantOf(oldest.id) : null, trouble: waiting ? this.trouble : "" };
  }

  private async run(): Promise<void> {
    await navigator.locks.request(ONE_SENDER, async () => {
      while (this.again) {
        this.again = false;
        await this.sendAll();
      }
    });
  }

  private async sendAll(): Promise<void> {
    for (;;) {
      const scans = await oldestWaiting(AT_ONCE);
      if (!scans.length) break;
      for (const scan of scans) {
        if (!(await this.send(scan))) {
          this.tell(await this.state());
          this.timer = setTimeout(() => this.wake(), this.pause);
          this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
          return;
        }
      }
      this.tell(await this.state());
    }
    this.trouble = "";
    this.pause = FIRST_PAUSE_MS;
    this.tell(await this.state());
  }

  /** Send one; whether the next may follow. */
  private async send(scan: Waiting): Promise<boolean> {
    const sealed = { ids: [scan.id], envelope: toBase64(scan.envelope), key: scan.key };
    const answer = await ask<{ results: Result[] }>("/api/v1/scans", this.token(), this.language(), sealed);
    if (!answer.ok) return this.stumble(scan, answer);
    const result = answer.said.results.find((one) => one.id === scan.id);
    if (!result) return this.stumble(scan, { status: 500, code: "", message: "", wait: 0 });
    if (result.status === "rejected" && result.code === "unavailable") return this.stumble(scan, { status: 503, code: "", message: "", wait: 0 });
    if (result.status === "rejected" || result.status === "conflict")
      await putAside({ ...scan, code: result.code ?? result.status, message: result.message ?? "" });
    else await forget(scan.id);
    return true;
  }

  private async stumble(scan: Waiting, answer: { status: number; code: string; message: string; wait: number }): Promise<boolean> {
    const { status } = answer;
    if (status === 400 || status === 413) {
      await putAside({ ...scan, code: answer.code, message: answer.message }); // this one is not readable there; the next may be
      return true;
    }
    this.trouble = status === NO_NETWORK ? "offline" : status === 401 || status === 403 ? "revoked" : "busy";
    this.pause = Math.max(this.pause, answer.wait);
    return false;
  }
}
