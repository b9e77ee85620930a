// Keeps the page for the second visit without a network. The build puts the digest and the names of its files in here.
const VERSION = "__VERSION__";
const FILES = __FILES__;

// All pages of an origin see its caches: the name tells the page's own by its folder.
const OWN = `atome-playground ${self.registration.scope} `;
const NAME = OWN + VERSION;

async function install() {
  const cache = await caches.open(NAME);
  // Past the browser's own cache, which may have a file of the build before.
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
}

async function activate() {
  for (const name of await caches.keys()) if (name !== NAME && (name.startsWith(OWN) || (await isOlder(name)))) await caches.delete(name);
  await self.clients.claim();
}
// The first versions put no folder into the name: theirs has this very page in it.
const isOlder = async (name) => /^atome-[0-9a-f]{12}$/.test(name) && (await (await caches.open(name)).match("./")) !== undefined;

// The page itself comes from the network where there is one, so that a new version shows at once; its files
// carry a digest in their names and never change.
async function answer(request) {
  const kept = await caches.match(request, { cacheName: NAME, ignoreSearch: true });
  if (kept && request.mode !== "navigate") return kept;
  try {
    return await fetch(request);
  } catch (error) {
    const page = kept ?? (request.mode === "navigate" ? await caches.match("./", { cacheName: NAME }) : undefined);
    if (page) return page;
    throw error;
  }
}

self.addEventListener("install", (event) => event.waitUntil(install().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(activate().catch(() => {})));
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && event.request.url.startsWith(self.registration.scope)) event.respondWith(answer(event.request));
});
