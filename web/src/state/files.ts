// Texts and files that the visitor brings.

import { batch } from "@preact/signals";
import { call } from "./engine";
import { show } from "./lens";
import { isModelFile, startOf } from "./model-file";
import { complain, models, notify, ownText, settings } from "./signals";

/** 20 MB: the engine would take more, a tab should not. */
const MAX_TEXT = 20_000_000;
export function useText(name: string, text: Uint8Array): boolean {
  if (text.length < 2) {
    complain(
      `${name}: has ${text.length} byte${text.length === 1 ? "" : "s"}: training needs at least 2, and some thousands to learn words`,
    );
    return false;
  }
  if (text.length > MAX_TEXT) {
    complain(`${name}: has ${text.length.toLocaleString("en")} bytes: use at most ${MAX_TEXT.toLocaleString("en")}`);
    return false;
  }
  const s = settings.value;
  if (text.length < s.seq * 4) notify(`${name}: ${text.length} bytes is very little: the model will learn it by heart`);
  if (text.includes(0)) notify(`${name}: holds zero bytes, so it is probably not text. A byte model learns it all the same.`);
  batch(() => {
    ownText.value = { name, text };
    settings.value = { ...s, corpus: "text", prompt: firstWords(text) };
  });
  return true;
}
/** The beginning of a text, as a prompt for its samples. */
function firstWords(text: Uint8Array): string {
  const head = new TextDecoder().decode(text.subarray(0, 200)).trimStart();
  return /^[\p{L}\p{N}][^\n]{2,11}?(?=\s)/u.exec(head)?.[0] ?? "";
}

/** A dropped or chosen file: a model by its content, else a text to train on. */
export async function openFile(given: File) {
  if (given.size > 40_000_000)
    return complain(
      `${given.name}: has ${given.size.toLocaleString("en")} bytes: the page opens files of at most 20 MB of text or 32 MB of model`,
    );
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await given.arrayBuffer());
  } catch {
    return complain(`${given.name}: cannot be read`);
  }
  if (!isModelFile(given.name, bytes)) return void useText(given.name, bytes);
  const opened = await openModel(bytes, given.name);
  if (!opened.ok) return complain(opened.error);
  file = { bytes, name: given.name };
  notify(`${given.name}: ${opened.info.format}, ${opened.info.parameters.toLocaleString("en")} parameters`);
  await show("file");
}
/** The file that is open, for a worker that dies. */
let file: { bytes: Uint8Array; name: string } | null = null;
async function openModel(bytes: Uint8Array, name: string) {
  let opened = await call("open", { bytes, name });
  // The old formats do not say their sizes: those on the left may be the right ones.
  if (!opened.ok && startOf(bytes).startsWith("ATOME")) {
    const { d_model, n_layers, d_head, top_k, kernel_size } = settings.value;
    const retried = await call("open", { bytes, name, config: { d_model, n_layers, d_head, top_k, kernel_size } });
    opened = retried.ok
      ? retried
      : { ok: false, error: `${name}: does not say its sizes: set the file's Width, Layers and Head on the left and open it again` };
  }
  if (opened.ok) models.value = { ...models.value, file: opened };
  return opened;
}
/** The worker that held the open file has died: another one gets it. */
export async function reopenFile() {
  if (file) await openModel(file.bytes, file.name);
}
