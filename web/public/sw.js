// Keeps the page for the second visit without a network. precache.json names a version and its files; a page
// that finds a newer version gets it at its next start.
const PREFIX = "atome-";

async function install() {
  const list = await (await fetch("./precache.json", {cache: "no-store"})).json();
  const cache = await caches.open(PREFIX + list.version);
  await cache.addAll(list.files);
}

async function activate() {
  const list = await (await fetch("./precache.json", {cache: "no-store"})).json();
  for (const name of await caches.keys())
    if (name.startsWith(PREFIX) && name !== PREFIX + list.version) await caches.delete(name);
  await self.clients.claim();
}

// The page itself comes from the network where there is one, so that a new version shows at once; its files
// carry a digest in their names and never change.
async function answer(request) {
  const kept = await caches.match(request, {ignoreSearch: true});
  if (kept && request.mode !== "navigate") return kept;
  try {
    return await fetch(request);
  } catch (error) {
    const page = kept ?? (request.mode === "navigate" ? await caches.match("./") : undefined);
    if (page) return page;
    throw error;
  }
}

self.addEventListener("install", (event) => event.waitUntil(install().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(activate().catch(() => {})));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === self.location.origin) event.respondWith(answer(event.request));
});
