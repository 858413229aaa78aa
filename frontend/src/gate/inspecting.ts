// An inspector's pages: the places of the day, what waits to be sent, and the way into the form of a place.
import { button, h, show } from "./dom";
import { instantOf } from "./ids";
import { formScreen } from "./inspection-form";
import {
  begin, entries, fetchList, InspectionSender, keep, lastList, sentPlaces, type Entry, type Inspection, type Today, type ToInspect, type Trouble,
} from "./inspections";
import { forgetInspection } from "./store";
import { choose, clock, day, language, t, told } from "./texts";

const HOUR_MS = 3_600_000;
let shown = false;
let saved: Inspection | null = null; // the place saved last: the list says what became of it until another one is opened
let listTrouble: { trouble: Trouble; message: string } = { trouble: "", message: "" };
const sender = new InspectionSender(() => shown && void listScreen());

/** The start: what this phone has is shown at once, the list of the day is fetched meanwhile, what waits is sent. */
export async function inspectionStart(): Promise<void> {
  document.title = t("ins_title");
  await listScreen();
  await reload();
}

async function reload(): Promise<void> {
  listTrouble = await fetchList();
  await sender.send();
}

async function listScreen(): Promise<void> {
  shown = true;
  const [today, kept, sent] = await Promise.all([lastList(), entries(), sentPlaces()]);
  const own = ({ record }: Entry) => record.officer === today?.officer; // what another officer wrote on this phone stays theirs
  const trouble = sender.trouble || listTrouble.trouble;
  const becameOf = h("p", { class: "saved", role: "status" });
  show(
    h("h1", {}, t("ins_title")),
    bar(kept),
    becameOf,
    trouble === "signed-out" ? signIn() : trouble && h("p", { class: "trouble", role: "status" }, listTrouble.message || words(trouble)),
    today ? h("p", { class: "quiet" }, heading(today)) : h("p", {}, t("ins_first")),
    today && !today.places.length && !kept.length && h("p", {}, t("ins_none")),
    today && h("ol", { class: "places" }, ...today.places.map((to) => row(today, to, kept.filter(own), sent))),
    ...kept.filter((entry) => !own(entry) || !today?.places.some((to) => to.place === entry.record.to.place)).map((entry) => h("section", { class: "card" }, ...lines(entry.record.to, stateWords(entry)), ...(own(entry) ? acts(entry) : []))),
    h("p", { class: "quiet" }, t("ins_safe")),
    button(t("ins_load"), reload, today ? "wide" : "main"),
    kept.some(({ state }) => state === "waiting") && button(t("send_now"), () => sender.send(), "main"),
    button(language() === "vi" ? "English" : "Tiếng Việt", () => { choose(language() === "vi" ? "en" : "vi"); void listScreen(); }));
  becameOf.textContent = savedWords(kept); // a change inside the page: that is what is read aloud
}

/** Whether the place saved last is only on this phone yet, or sent; one that was refused says so itself. */
function savedWords(kept: Entry[]): string {
  const entry = kept.find(({ record }) => record.id === saved?.id);
  if (!saved || entry?.state === "refused") return "";
  return t(entry ? "ins_saved" : "ins_saved_sent", { place: saved.to.name });
}

const localDay = (): string => new Intl.DateTimeFormat("sv", { timeZone: "Asia/Ho_Chi_Minh" }).format(Date.now());

function heading(today: Today): string {
  const of = day(Date.parse(`${today.day}T05:00:00Z`));
  return today.day === localDay() ? t("ins_day", { day: of }) : t("ins_old_list", { day: of });
}

/** How many wait, since when, and for how long they could not be sent. */
function bar(kept: Entry[]): HTMLElement {
  const waiting = kept.filter(({ state }) => state === "waiting").map(({ record }) => instantOf(record.id));
  const refused = kept.filter(({ state }) => state === "refused").length;
  if (!waiting.length && !refused) return h("p", { class: "bar none", role: "status" }, t("all_sent"));
  const oldest = Math.min(...waiting);
  const hours = Math.floor((Date.now() - oldest) / HOUR_MS);
  const late = hours >= 48 ? t("ins_late_days", { days: Math.floor(hours / 24) }) : hours >= 1 ? t("late", { hours }) : "";
  const parts = [
    waiting.length > 0 && t("waiting", { count: waiting.length, at: `${clock(oldest)} ${day(oldest)}` }),
    waiting.length > 0 && late,
    refused > 0 && t("refused_count", { count: refused }),
  ];
  return h("p", { class: `bar ${refused || hours >= 4 ? "bad" : "some"}`, role: "status" }, parts.filter(Boolean).join(" · "));
}

const signIn = (): HTMLElement =>
  h("section", { class: "card", role: "status" }, h("p", {}, t("ins_sign_in")), h("a", { class: "button main", href: told.officer_sign_in }, t("sign_in")));

const words = (trouble: Trouble): string =>
  trouble === "offline" ? t("trouble_offline") : trouble === "another" ? t("ins_another") : t("ins_not_yet");

function lines(to: ToInspect, state: string): HTMLElement[] {
  const where = [to.address, to.unit].filter(Boolean).join(", ");
  const found = [h("strong", {}, to.name), h("span", { class: "quiet" }, `${to.setting} · ${where}`)];
  return state ? [...found, h("span", { class: "mark" }, state)] : found;
}

const stateWords = ({ state }: Entry): string => ({ draft: t("ins_draft"), waiting: t("ins_waiting"), refused: t("ins_refused") })[state];

function row(today: Today, to: ToInspect, kept: Entry[], sent: number[]): HTMLElement {
  const entry = kept.find(({ record }) => record.to.place === to.place);
  if (entry && entry.state !== "draft") return h("li", { class: "card" }, ...lines(to, stateWords(entry)), ...acts(entry));
  if (!entry && sent.includes(to.place)) return h("li", { class: "card" }, ...lines(to, `✓ ${t("ins_sent")}`));
  const position = to.latitude !== null && to.longitude !== null && `${to.latitude},${to.longitude}`;
  const go = button("", () => open(entry?.record ?? begin(today, to)), "wide place");
  go.append(...lines(to, entry ? stateWords(entry) : ""));
  return h("li", {}, go, position && h("a", { class: "button", href: `geo:${position}?q=${position}` }, t("ins_way")));
}

/** What can be done with a record that waits or that the server did not take. */
function acts(entry: Entry): HTMLElement[] {
  const { record, state } = entry;
  const edit = button(t("ins_edit"), () => open(record));
  if (state !== "refused") return state === "draft" ? [edit] : [];
  const drop = async () => { if (confirm(t("ins_drop_sure"))) await forgetInspection(record.id); await listScreen(); };
  const again = async () => { await keep(record, "waiting"); await sender.send(); };
  return [h("p", { class: "trouble" }, record.message || record.code), h("div", { class: "keys" }, button(t("try_again"), again), edit, button(t("ins_drop"), drop))];
}

async function open(record: Inspection): Promise<void> {
  shown = false;
  saved = null;
  await keep(record, "draft");
  void navigator.storage?.persist?.();
  const list = await lastList();
  if (list) formScreen(record, list, async (finished) => {
    if (finished) await keep((saved = record), "waiting");
    await listScreen();
    if (finished) await sender.send();
  });
}
