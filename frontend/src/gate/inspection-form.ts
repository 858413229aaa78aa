// The form of one place: every answer and every tap is on disk at once, so that a killed tab goes on where it was.
import { fromBase64 } from "./bytes";
import { see } from "./codes";
import { button, h, keepAwake, show } from "./dom";
import { endOf, keep, type Inspection, type Question, type Today } from "./inspections";
import { CodeReader } from "./reading";
import { clock, language, t } from "./texts";

const ABOUT_POSTER: Question[] = ["right_size", "own_code", "readable", "right_place"];
const ABOUT_PEOPLE: Question[] = ["exits_scanned", "staff_remind"];
const SEEN = ["all", "some", "none", "empty"];
const UNSEEN = ["closed", "moved", "refused"];

/** Fill a record in; `done` is told whether it was saved, or only left as a draft. */
export function formScreen(record: Inspection, list: Today, done: (saved: boolean) => unknown): void {
  const stored = () => keep(record, "draft");
  const said = h("p", { class: "quiet", role: "status" });
  const reader = new CodeReader(t("ins_try"), tried, (words) => (said.textContent = words), t("ins_no_camera"));
  const poster = h("div", { class: "questions" }, reader.place, said, ...ABOUT_POSTER.map((name) => yesNo(record, name, stored)));
  const hide = () => (poster.hidden = record.answers.poster_shown !== true);
  hide();
  async function tried(text: string): Promise<boolean> {
    const keys = list.keys.map(({ id, key }) => ({ id, key: fromBase64(key) }));
    const seen = await see(text, list.issuer, { place: keys, standing: [] }, Date.now());
    const ours = typeof seen !== "string" && seen.kind === "place";
    const here = ours && record.to.points.includes(seen.pointId);
    said.textContent = here ? t("ins_try_here") : ours ? t("ins_try_elsewhere") : t("ins_try_foreign");
    Object.assign(record.answers, { own_code: here, readable: true });
    if (!ours && !record.reasons.includes("other_app")) record.reasons.push("other_app");
    for (const choice of [`own_code"][value="${here ? "yes" : "no"}`, 'readable"][value="yes', ...(ours ? [] : ['reason"][value="other_app'])])
      document.querySelector<HTMLInputElement>(`input[name="${choice}"]`)!.checked = true;
    await stored();
    return true;
  }
  const leave = (saved: boolean) => { reader.close(); return done(saved); };
  const wrong = h("p", { class: "trouble", role: "alert" });
  const save = async () => {
    if (record.tally && record.tally.end === null) return void (wrong.textContent = t("ins_stop_first"));
    const unseen = record.reasons.some((code) => UNSEEN.includes(code));
    if (record.answers.poster_shown === undefined && !unseen) return void (wrong.textContent = t("ins_need_answer"));
    if (!record.answers.poster_shown) for (const name of ABOUT_POSTER) delete record.answers[name];
    await leave(true);
  };
  show(
    h("h1", {}, record.to.name),
    h("p", { class: "quiet" }, [record.to.address, record.to.unit].filter(Boolean).join(", ")),
    yesNo(record, "poster_shown", async () => { hide(); await stored(); }),
    poster,
    choice("scanning", t("ins_scanning"), SEEN.map((value) => [value, t(`ins_scanning_${value}`)]), record.scanning, (value) => { record.scanning = value; return stored(); }),
    ...ABOUT_PEOPLE.map((name) => yesNo(record, name, stored)),
    counting(record, stored),
    reasonBoxes(record, list.reasons, stored),
    noteField(record, stored),
    wrong,
    button(t("ins_save"), save, "main"),
    button(t("back"), () => leave(false)));
}

function yesNo(record: Inspection, name: Question, stored: () => unknown): HTMLElement {
  const now = record.answers[name];
  const choices: [string, string][] = [["yes", t("ins_yes")], ["no", t("ins_no")], ["", t("ins_unknown")]];
  return choice(name, t(`ask_${name}`), choices, now === undefined ? "" : now ? "yes" : "no", (value) => {
    if (value) record.answers[name] = value === "yes";
    else delete record.answers[name];
    return stored();
  });
}

function choice(name: string, label: string, choices: string[][], now: string, chosen: (value: string) => unknown): HTMLElement {
  const boxes = choices.map(([value, words]) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name, value, checked: value === now, onchange: () => chosen(value!) }), h("span", {}, words)));
  return h("fieldset", { class: "card" }, h("legend", {}, label), h("div", { class: "choices" }, ...boxes));
}

function reasonBoxes(record: Inspection, reasons: Today["reasons"], stored: () => unknown): HTMLElement {
  const boxes = reasons.map(({ code, vi, en }) => {
    const turn = (event: Event) => {
      const others = record.reasons.filter((other) => other !== code);
      record.reasons = (event.target as HTMLInputElement).checked ? [...others, code] : others;
      return stored();
    };
    return h("label", { class: "choice wide" }, h("input", { type: "checkbox", name: "reason", value: code, checked: record.reasons.includes(code), onchange: turn }), h("span", {}, language() === "vi" ? vi : en));
  });
  return h("fieldset", { class: "card" }, h("legend", {}, t("ins_reasons")), h("div", { class: "choices" }, ...boxes));
}

function noteField(record: Inspection, stored: () => unknown): HTMLElement {
  const box = h("textarea", { class: "field", rows: 3, maxlength: 500, autocomplete: "off" }, record.note);
  box.addEventListener("input", () => { record.note = box.value; void stored(); });
  return h("label", { class: "row" }, t("ins_note"), box, h("small", {}, t("ins_note_hint")));
}

/** Who comes and who scans, between two instants. */
function counting(record: Inspection, stored: () => unknown): HTMLElement {
  const place = h("section", { class: "card" });
  const again = async () => { await stored(); draw(); };
  const tap = (scanned: boolean) => {
    record.tally!.taps.push(scanned);
    record.tally!.last = Date.now();
    navigator.vibrate?.(20);
    return again();
  };
  const start = () => {
    record.tally = { start: Date.now(), end: null, last: Date.now(), taps: [], blind: record.tally?.blind ?? false };
    keepAwake(place);
    return again();
  };
  const undo = () => { record.tally!.taps.pop(); return again(); };
  const stop = () => { record.tally!.end = endOf(record.tally!, Date.now()); return again(); };
  const goOn = () => { record.tally!.end = null; return again(); };
  const over = () => { if (confirm(t("ins_count_again_sure"))) return start(); };
  const draw = () => {
    const focused = place.contains(document.activeElement) ? document.activeElement!.textContent : "";
    place.replaceChildren(...parts().filter((part): part is HTMLElement => Boolean(part)));
    [...place.querySelectorAll("button")].find((each) => each.textContent === focused)?.focus();
  };
  const parts = (): (HTMLElement | false)[] => {
    const { tally } = record;
    const title = h("h2", {}, t("ins_count"));
    if (!tally) return [title, h("p", {}, t("ins_count_how")), button(t("ins_count_start"), start, "wide")];
    const counts = { visitors: tally.taps.length, scanned: tally.taps.filter(Boolean).length };
    const window = tally.end === null ? t("ins_window_open", { from: clock(tally.start) }) : t("ins_window", { from: clock(tally.start), to: clock(tally.end) });
    const said = [
      title,
      h("p", { class: "large", role: "status" }, t(tally.blind ? "ins_tally_blind" : "ins_tally", counts)),
      h("p", { class: "quiet" }, window),
    ];
    if (tally.end !== null) return [...said, h("div", { class: "keys" }, button(t("ins_count_go_on"), goOn), button(t("ins_count_again"), over))];
    const blind = h("input", { type: "checkbox", checked: tally.blind, onchange: () => { tally.blind = !tally.blind; return again(); } });
    const taps = tally.blind ? [button(t("ins_came"), () => tap(false), "tally main")] : [button(t("ins_came_scanned"), () => tap(true), "tally main"), button(t("ins_came_only"), () => tap(false), "tally")];
    return [
      ...said,
      h("div", { class: "keys" }, ...taps),
      h("div", { class: "keys" }, tally.taps.length > 0 && button(t("ins_undo"), undo), button(t("ins_count_stop"), stop)),
      tally.taps.length === 0 && h("label", { class: "choice wide" }, blind, h("span", {}, t("ins_blind"))),
    ];
  };
  draw();
  return place;
}
