// A computer that several people use: covers the page after minutes without a key or a click, and keeps what was typed.
// The server locks the session by itself; this page tells it that somebody is at work or that nobody is, and asks whether
// it is locked: only the server's word takes the cover off again.
import { cookie } from "./requests";

const IDLE_MS = 5 * 60_000; // as accounts/rules.py SHARED_IDLE
const ASK_MS = 20_000;

export function lockWhenIdle(): void {
  const cover = document.querySelector<HTMLDialogElement>("[data-lock]");
  if (!cover) return;
  const url = cover.dataset.lock ?? "";
  let worked = Date.now();
  let told = worked;
  let leftAlone = false; // nobody works, and the server may not know it yet
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
    leftAlone ||= !cover.open && Date.now() - worked >= IDLE_MS;
    const works = !leftAlone && worked > told;
    const body = new URLSearchParams(leftAlone ? { idle: "1" } : {});
    const asked = leftAlone || works ? { method: "POST", body, headers: { "X-CSRFToken": cookie("csrftoken") } } : {};
    if (works) told = Date.now();
    try {
      const answer = await fetch(url, { ...asked, credentials: "same-origin" });
      const locked = answer.ok ? ((await answer.json()) as { locked: boolean }).locked : true;
      if (mine !== turn) return;
      leftAlone = false;
      show(locked);
    } catch {
      show(cover.open || leftAlone); // without network the page still covers itself
    }
  };
  setInterval(() => void ask(), ASK_MS);
  for (const name of ["focus", "visibilitychange"]) window.addEventListener(name, () => void ask());
}
