// The second visit works without a network: sw.js keeps the page. Not on this computer itself, where the page would
// outlive its server and stand in the way of whatever uses the port next.

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;
/** Filling the cache waits until the first visit is under way. */
const CACHE_AFTER_MS = 4000;

export function keepOffline() {
  if (!("serviceWorker" in navigator) || location.protocol === "file:") return;
  const task = LOOPBACK.test(location.hostname) ? forget : register;
  addEventListener("load", () => setTimeout(() => void task().catch(() => {}), task === forget ? 0 : CACHE_AFTER_MS));
}

const register = () => navigator.serviceWorker.register("./sw.js", { updateViaCache: "none" });

/** Earlier versions registered it here, too. */
async function forget() {
  const folder = new URL("..", location.href).href;
  for (const registration of await navigator.serviceWorker.getRegistrations())
    if (registration.scope === folder) await registration.unregister();
  for (const name of await caches.keys()) {
    const old = /^atome-[0-9a-f]{12}$/.test(name) && (await (await caches.open(name)).match(folder)) !== undefined;
    if (old || name.startsWith(`atome-playground ${folder} `)) await caches.delete(name);
  }
}
