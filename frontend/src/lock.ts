// A computer that several people use: covers the page once the server has locked the session, and keeps what was typed.
// The server counts the minutes for all pages together: a page tells it that somebody is at work and asks whether it is
// locked; its answer alone puts the cover on and takes it off. Only without network does the page count by itself.
import { cookie } from "./requests";

const IDLE_MS = 5 * 60_000; // as accounts/rules.py SHARED_IDLE
const ASK_MS = 20_000;

export function lockWhenIdle(): void {
  const cover = document.querySelector<HTMLDialogElement>("[data-lock]");
  if (!cover) return;
  const url = cover.dataset.lock ?? "";
  let worked = Date.now();
  let told = worked;
  let turn = 0;
  for (const name of ["keydown", "pointerdown", "input"])
    document.addEventListener(name, () => cover.open || (worked = Date.now()), { passive: true });
  cover.addEventListener("cancel", (event) => event.preventDefault());

  const show = (locked: boolean): void => {
    document.documentElement.classList.toggle("locked", locked);
    if (locked && !cover.open) cover.showModal();
    if (!locked && cover.open) {
      cover.close();
      worked = told = Date.now();
    }
  };

  const ask = async (): Promise<void> => {
    const mine = ++turn; // a late answer to an earlier question says nothing of now
    const works = worked > told;
    const asked = works ? { method: "POST", headers: { "X-CSRFToken": cookie("csrftoken") } } : {};
    if (works) told = Date.now();
    try {
      const answer = await fetch(url, { ...asked, credentials: "same-origin", signal: AbortSignal.timeout(ASK_MS) });
      const locked = answer.ok ? ((await answer.json()) as { locked: boolean }).locked : true;
      if (mine === turn) show(locked);
    } catch {
      show(cover.open || Date.now() - worked >= IDLE_MS);
    }
  };
  setInterval(() => void ask(), ASK_MS);
  for (const name of ["focus", "visibilitychange"]) window.addEventListener(name, () => void ask());
}
