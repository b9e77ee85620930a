// Whether there is a model that a tab can show, and what it says while there is none.

import { computed } from "@preact/signals";
import { models, run, status, subject } from "./store";

/** The worker holds the model of the lens. */
export const modelThere = computed(() => {
  const which = subject.value;
  return which === "run" || which.startsWith("snapshot:") ? run.value !== null
    : models.value[which as "demo" | "file" | "kept"] !== undefined;
});

/** Why there is no model and none comes by itself; "" while one is there or on its way. */
export const noModel = computed(() => {
  if (modelThere.value || status.value === "loading") return "";
  return status.value === "broken" ? "There is no engine, so there is no model to show."
    : "The pretrained model could not be loaded. Press Train, or open a model file: it is shown here.";
});
