// Starts the page: the engine's worker and the drawing.

import { render } from "preact";
import demoUrl from "../../../checkpoints/stories/model.atome?url";
import { makeWorker } from "../engine/make-worker";
import { boot } from "../state/boot";
import { report } from "../state/store";
import { App } from "./App";
import { keepOffline } from "./offline";
import "./style.css";
import "./layout.css";

async function bytesOf(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

// Both at once: the model is fetched while the worker loads the engine.
const demo = bytesOf(demoUrl);
demo.catch(() => {});
render(<App />, document.getElementById("app")!);
void boot(makeWorker, demo);

declare global {
  interface Window {
    atome: typeof report;
  }
}
window.atome = report;

if (!__SINGLE_FILE__) keepOffline();
