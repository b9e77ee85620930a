// What the worker tells while a run trains.

import { batch } from "@preact/signals";
import type { SampleFrame, StoppedFrame, WorkerEvent } from "../engine/protocol";
import type { Line } from "./curve";
import { retrace } from "./lens";
import { go } from "./machine";
import { keep } from "./record";
import {
  bytesPerSecond,
  complain,
  curves,
  digest,
  learningRate,
  lens,
  notify,
  pinned,
  run,
  samples,
  step,
  stopReason,
  subject,
} from "./signals";

export function onEvent(event: WorkerEvent) {
  if (event.run !== run.value?.number) return;
  batch(() => {
    const { loss, valid } = curves.value;
    switch (event.type) {
      case "frame":
        event.losses.forEach((value, i) => loss.add(event.first_step + i + 1, value / Math.LN2));
        curves.value = { loss, valid };
        step.value = event.steps_done;
        bytesPerSecond.value = event.bytes_per_second;
        learningRate.value = event.learning_rate;
        break;
      case "valid":
        valid.steps.push(event.step);
        valid.values.push(event.bits_per_byte);
        curves.value = { loss, valid: valid.steps.length < MAX_VALID ? valid : everySecond(valid) };
        break;
      case "sample":
        onSample(event);
        break;
      case "stopped":
        onStopped(event);
        break;
      case "saved":
        digest.value = event.digest;
        keep(event);
        break;
    }
  });
}

/** Points of validation that a curve keeps. */
const MAX_VALID = 120;
const everySecond = ({ steps, values }: Line): Line => ({
  steps: steps.filter((_, i) => i % 2 === 1),
  values: values.filter((_, i) => i % 2 === 1),
});

const MAX_SAMPLES = 60;
function onSample(event: SampleFrame) {
  const { text, given } = event.lens;
  const kept = new Set(event.snapshots);
  let list = samples.value
    .filter((s) => s.step !== event.step)
    .map((s) => (s.snapshot === kept.has(s.step) ? s : { ...s, snapshot: kept.has(s.step) }));
  list.push({ step: event.step, text, given, lens: event.lens, snapshot: kept.has(event.step) });
  // Of the old ones, those whose model is gone give way first.
  while (list.length > MAX_SAMPLES) {
    const old = list.findIndex((s) => !s.snapshot);
    list = list.filter((_, i) => i !== Math.max(old, 0));
  }
  samples.value = list;
  if (subject.value !== "run") return;
  if (pinned.value === null) lens.value = event.lens;
  else void retrace();
}

function onStopped({ reason, digest: now, step: at, error }: StoppedFrame) {
  digest.value = now;
  stopReason.value = reason;
  go(reason === "done" || reason === "plateau" ? "done" : "paused");
  if (reason === "error") complain(error ?? "training has failed");
  if (reason === "plateau") notify(`stopped at step ${at}: validation has not improved for a while. Play goes on.`);
}
