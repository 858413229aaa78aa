// The service worker of /app/: keeps the shell and its files, so that the app opens without network. Data never comes
// here. A new version is kept whole before it takes over, and the one before it stays for pages that are still open; an
// answer 404 or 410 for the worker itself is the browsers' own kill switch.
/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope & { TOLD: { version: string; kept: string[] } };
const { version, kept: files } = self.TOLD;
const OURS = "dauchan-gate-";
const CACHE = OURS + version;
const SHELLS = ["/app/cong", "/app/toi", "/app/kiem-tra"];

self.addEventListener("install", (event) => {
  const fresh = files.map((path) => new Request(path, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = async () => {
    const others = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
    for (const name of others.slice(0, -1)) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(forget());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
  if (event.request.mode === "navigate") event.respondWith(shell(event.request, url));
  else event.respondWith(kept(event.request).then((found) => found ?? fetch(event.request)));
});

/** What is kept under this address: by this version, else by the one before. */
async function kept(what: RequestInfo): Promise<Response | undefined> {
  const own = await (await caches.open(CACHE)).match(what, { ignoreVary: true });
  return own ?? caches.match(what, { ignoreVary: true });
}

/** The app's own shell from what is kept; any other page of /app/ from the network. */
async function shell(request: Request, url: URL): Promise<Response> {
  const known = SHELLS.includes(url.pathname);
  const found = known ? await kept(url.pathname) : undefined;
  return found ?? fetch(request);
}

export {};
