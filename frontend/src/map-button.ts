// [data-map]: its button fetches the map (map.ts, with Leaflet) when it is first pressed, and shows or hides it after that.
import type { openMap } from "./map";

async function open(box: HTMLElement): Promise<void> {
  const fetched = (await import(/* @vite-ignore */ box.dataset.script!)) as { openMap: typeof openMap };
  await fetched.openMap(box);
}

export function offerMap(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-map]")) {
    const button = box.querySelector<HTMLButtonElement>("[aria-expanded]")!;
    const said = box.querySelector<HTMLElement>("[role=status]")!;
    box.hidden = false;
    button.addEventListener("click", () => {
      button.disabled = true;
      said.textContent = box.dataset.waiting ?? "";
      open(box)
        .catch(() => (said.textContent = box.dataset.failed ?? ""))
        .finally(() => (button.disabled = false));
    });
  }
}
