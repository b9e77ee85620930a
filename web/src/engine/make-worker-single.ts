// The worker of the single-file build, which is inside the page. vite.config.ts puts this in the place of
// make-worker.ts.
import InlineWorker from "./worker?worker&inline";
export const makeWorker = () => new InlineWorker();
