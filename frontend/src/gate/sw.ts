// The service worker of /app/: keeps the shell and its files, so that the app opens without network. Data never comes
// here. A new version is kept whole before it takes over; an answer 404 or 410 for the worker itself is the kill switch
// of browsers, and `unregister` below that of ours.
/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope & { TOLD: { version: string; kept: string[] } };
const { version, kept } = self.TOLD;
const CACHE = `dauchan-gate-${version}`;
const SHELLS = ["/app/cong", "/app/toi"];

self.addEventListener("install", (event) => {
  const fresh = kept.map((path) => new Request(path, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = async () => {
    for (const name of await caches.keys()) if (name.startsWith("dauchan-gate-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(forget());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
  if (event.request.mode === "navigate") event.respondWith(shell(event.request, url));
  else event.respondWith(caches.match(event.request, { ignoreVary: true }).then((found) => found ?? fetch(event.request)));
});

/** The app's own shell from what is kept; any other page of /app/ from the network. */
async function shell(request: Request, url: URL): Promise<Response> {
  const known = SHELLS.includes(url.pathname);
  const found = known ? await caches.match(url.pathname, { ignoreVary: true, ignoreSearch: true }) : undefined;
  return found ?? fetch(request);
}

export {};
