// The worker of the site: a file of its own.
export const makeWorker = () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "atome" });
