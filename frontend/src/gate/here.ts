// What the server tells a device about where it stands (docs/reference/gates.md), and how it is asked.
import { fromBase64 } from "./bytes";
import type { Keys } from "./codes";

export interface Keeper {
  id: number;
  name: string;
  until: string;
}

export interface Here {
  device: { id: string; name: string; until: string; paper: boolean };
  place: { id: number; name: string; address: string; state: string };
  points: { id: number; name: string; direction: "both" | "in" | "out" }[];
  keepers: Keeper[];
  issuer: number;
  hosts: string[];
  keys: { place: Key[]; standing: Key[]; envelope: Key };
  settings: { repeat_seconds: number; warn_hours: number; backlog_days: number };
  now: string;
}

interface Key {
  id: number;
  key: string;
}

export interface Face {
  known: boolean;
  name: string;
  sex: string;
  birth_year: number | null;
  standing: string;
  colour: "grey" | "green" | "yellow" | "orange" | "red";
  action: { vi: string; en: string };
  until: string | null;
}

export const keysOf = (here: Here): Keys => ({
  place: here.keys.place.map(({ id, key }) => ({ id, key: fromBase64(key) })),
  standing: here.keys.standing.map(({ id, key }) => ({ id, key: fromBase64(key) })),
});

/** What came of asking: an answer, a refusal in the server's words, or no network. */
export type Answer<T> = { ok: true; said: T } | { ok: false; status: number; code: string; message: string; wait: number };

export const NO_NETWORK = 0;
const PATIENCE_MS = 15_000;

export async function ask<T>(path: string, token: string, language: string, body?: unknown): Promise<Answer<T>> {
  const headers: Record<string, string> = { "Accept-Language": language };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? null : JSON.stringify(body);
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const method = body === undefined ? "GET" : "POST";
    const answer = await fetch(path, { method, headers, body: sent, signal, cache: "no-store", credentials: "omit" });
    const said = answer.status === 204 ? null : await answer.json();
    if (answer.ok) return { ok: true, said: said as T };
    const wait = Number(answer.headers.get("Retry-After") ?? 0) * 1000;
    return { ok: false, status: answer.status, code: said.code ?? "", message: said.message ?? "", wait };
  } catch {
    return { ok: false, status: NO_NETWORK, code: "", message: "", wait: 0 };
  }
}
