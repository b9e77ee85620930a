// Whether a model has been trained on the text that it is measured on.

import type { Settings } from "../../state/settings";

type Choice = Pick<Settings, "corpus" | "corpus_kb" | "corpus_seed">;

/** Of the pretrained model; see checkpoints/stories/card.json. */
export const DEMO_TEXT: Choice = { corpus: "stories", corpus_kb: 4000, corpus_seed: 1 };

/** A preset of a given seed has the same bytes whatever its size, but for its last paragraph: what a short one held
 *  out of its own training lies in the middle of a longer one. */
export const hasRead = (trained: Choice, measured: Choice) =>
  trained.corpus === measured.corpus &&
  trained.corpus !== "text" &&
  trained.corpus_seed === measured.corpus_seed &&
  trained.corpus_kb > measured.corpus_kb;
