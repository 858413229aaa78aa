// What every htmx request carries, and what is said when one fails: nothing may fail in silence.
export function cookie(name: string): string {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

export function signRequests(): void {
  document.addEventListener("htmx:configRequest", (event) => {
    const { headers, verb } = (event as CustomEvent<{ headers: Record<string, string>; verb: string }>).detail;
    if (verb !== "get") headers["X-CSRFToken"] = cookie("csrftoken");
  });
}

function say(): void {
  const place = document.querySelector<HTMLElement>("#messages");
  if (!place) return;
  const line = document.createElement("div");
  line.className = "alert alert-danger";
  line.setAttribute("role", "alert");
  line.textContent = place.dataset.failed ?? "";
  place.replaceChildren(line);
  line.scrollIntoView({ block: "nearest" });
}

export function showFailures(): void {
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, say);
}
