// The address bar and the history of the browser. The address holds the settings and the view; every tab of the page is
// an entry of the history, so that Back and Forward go from tab to tab.

import { batch, effect } from "@preact/signals";
import { DEFAULTS } from "./settings";
import { complain, ownText, presets, settings, view } from "./signals";
import { readUrl, writeUrl, type FromUrl } from "./url";

/** State of the entries that this page has written: Back to one of them changes the tab and leaves the settings. */
const WRITTEN = "atome";
let writtenTab = view.value.tab;

const read = () =>
  readUrl(
    location.hash,
    presets.value.map((p) => p.name),
  );
const hashOfNow = () => writeUrl(settings.value, view.value, ownText.value?.text ?? null);

/** What the address says becomes what the page shows. */
export function takeAddress(): FromUrl {
  const next = read();
  for (const problem of next.problems) complain(problem);
  writtenTab = next.view.tab;
  batch(() => {
    view.value = next.view;
    settings.value = next.settings;
    if (next.text) ownText.value = { name: "text from the address", text: next.text };
  });
  return next;
}
/** An address may name a text that it does not carry. */
export function withoutText() {
  if (settings.value.corpus !== "text" || ownText.value) return;
  complain("the text of this address stayed in the browser that had it: the stories preset was taken");
  settings.value = { ...settings.value, corpus: DEFAULTS.corpus };
}

/** From now on the address follows the page, and the page the address. */
export function followAddress() {
  effect(() => {
    const hash = hashOfNow(),
      { tab } = view.value;
    const address = `${location.pathname}${location.search}${hash}`;
    if (tab !== writtenTab) history.pushState(WRITTEN, "", address);
    else if (hash !== location.hash || history.state !== WRITTEN) history.replaceState(WRITTEN, "", address);
    writtenTab = tab;
  });
  addEventListener("popstate", () => {
    if (history.state !== WRITTEN) return;
    writtenTab = read().view.tab;
    view.value = { ...view.value, tab: writtenTab };
  });
  // Another address in the same page: typed, pasted, or from a link.
  addEventListener("hashchange", () => {
    if (history.state === WRITTEN || location.hash === hashOfNow()) return;
    batch(() => {
      takeAddress();
      withoutText();
    });
  });
}
