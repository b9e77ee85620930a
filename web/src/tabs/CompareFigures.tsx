// Which of two models predicts better, and what else tells them apart.

import { useState } from "preact/hooks";
import { call, corpus, idle, run } from "../state/store";
import { DataTable } from "../ui/Figure";
import { fixed, grouped } from "../ui/format";
import { compareVerdict, differences, type Figures, type Known } from "./compare-data";
import { version, type Side } from "./compare-sides";
import { kept } from "./kept";
import { DEMO_TEXT, hasRead } from "./text-read";
import { useRefresh } from "./use-refresh";

interface Measured extends Figures, Known {
  parameters: number;
  /** it was trained on the text that it is measured on */
  hasRead: boolean;
}
interface Answer {
  a: Side;
  b: Side;
  both: [Measured, Measured] | null;
  error: string;
}

export function CompareFigures({ a, b, round }: { a: Side; b: Side; round: number }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useRefresh([idle.value, a, b, version(a), version(b), corpus.value, round], async () => {
    if (idle.value || !corpus.value) return;
    const first = await measure(a);
    const second = a === b ? first : await measure(b);
    setAnswer(typeof first === "string" ? { a, b, both: null, error: first }
      : typeof second === "string" ? { a, b, both: null, error: second } : { a, b, both: [first, second], error: "" });
  });
  if (!answer || answer.a !== a || answer.b !== b) return <p class="soft">In a moment: both models on the same held-out text.</p>;
  if (!answer.both) return <p class="bad">{answer.error}</p>;
  const [x, y] = answer.both;
  const rows = [
    ["bits per byte on the held-out text", fixed(x.bits_per_byte), fixed(y.bits_per_byte)],
    ["weights", grouped(x.parameters), grouped(y.parameters)],
    ["flash, bytes", grouped(x.flash), grouped(y.flash)],
    ...differences(x, y),
  ];
  const readers = [x.hasRead ? "A" : "", y.hasRead ? "B" : ""].filter(Boolean);
  return (
    <>
      {a !== b && <p id="compare-verdict">{compareVerdict(x, y)}</p>}
      {readers.length > 0 && (
        <p class="soft small">{readers.join(" and ")} {readers.length > 1 ? "were" : "was"} trained on a longer piece of the same text, this part included.</p>
      )}
      <DataTable caption="Figures of both models" table={{ head: ["", "A", "B"], rows }} />
      {(!x.recipe || !y.recipe) && a !== b && (
        <p class="soft small">Of a model that was not trained in this page only the sizes are known, so recipes are not compared.</p>
      )}
    </>
  );
}

async function measure(s: Side): Promise<Measured | string> {
  const info = await call("info", { subject: s });
  if (!info.ok) return info.error;
  const measured = await call("uncertainty", { subject: s });
  if (!measured.ok) return measured.error;
  const { config, parameters, flash } = info.info;
  const known = recipeOf(s), text = run.value?.settings, trained = s === "demo" ? DEMO_TEXT : known.recipe;
  return {
    ...known, config, parameters, flash: Math.min(flash.trit2, flash.trit5), nats: measured.nats, bits_per_byte: measured.bits_per_byte,
    hasRead: trained !== null && text !== undefined && hasRead(trained, text),
  };
}

/** What is known of the recipe of a model: nothing where it came from a file. */
function recipeOf(s: Side): Pick<Known, "recipe" | "textName"> {
  if (s === "run" && run.value) return { recipe: run.value.settings, textName: run.value.textName };
  if (s === "kept" && kept.value) return { recipe: kept.value.settings, textName: kept.value.textName };
  return { recipe: null, textName: "" };
}
