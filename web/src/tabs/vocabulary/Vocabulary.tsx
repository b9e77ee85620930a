// What a model calls a word: the strings that it has learned as tokens, how each was put together, and how it reads a
// text.

import { useMemo, useState } from "preact/hooks";
import type { Api, Subject } from "../../engine/protocol";
import { Segmented } from "../../parts/Choice";
import { DataTable } from "../../parts/Figure";
import { grouped, percent } from "../../parts/format";
import { useAnswer } from "../../parts/use-refresh";
import { modelBehind, modelThere, noModel, subjectName, tokenizerOf } from "../../state/models";
import { call, corpus, subject } from "../../state/store";
import { inOrder, ORDERS, wordsOf, type Order, type Word } from "./vocabulary-data";
import { VocabularyReader } from "./VocabularyReader";
import { VocabularyWord } from "./VocabularyWord";
import "./Vocabulary.css";

type Answer = ReturnType<Api["vocabulary"]> & ReturnType<Api["counts"]> & { of: Subject };

/** The model of the lens; where that has no words of its own, the run, if that has. */
function modelWithWords(): Subject {
  const shown = subject.value;
  return tokenizerOf(shown) !== "pairs" && tokenizerOf("run") === "pairs" ? "run" : shown;
}

export default function Vocabulary() {
  const which = modelWithWords();
  const { held } = modelBehind(which);
  const possible = held !== undefined && corpus.value !== null;
  const { answer, error } = useAnswer<Answer>([possible, which, held, corpus.value], () => (possible ? ask(which) : null));
  const pairs = tokenizerOf(which) === "pairs";
  return (
    <div class="stack vocabulary-tab">
      {error && <p class="bad">{error}</p>}
      {!error && !modelThere.value && noModel.value && <p>{noModel.value}</p>}
      {!error && possible && !pairs && <Bytes which={which} />}
      {pairs && answer?.of === which && <Words which={which} answer={answer} />}
      {pairs && answer?.of !== which && !error && <p class="soft">In a moment: the words of {subjectName(which)}.</p>}
    </div>
  );
}

async function ask(which: Subject) {
  const vocabulary = await call("vocabulary", { subject: which });
  if (!vocabulary.ok) return vocabulary;
  const counted = await call("counts", { subject: which });
  return counted.ok ? { ...vocabulary, ...counted, of: which } : counted;
}

function Bytes({ which }: { which: Subject }) {
  return (
    <section class="panel stack">
      <h2>What the model calls a word</h2>
      <p>
        The tokens of {subjectName(which)} are the 256 bytes: it has no words, and that letters make words is something it had to find out.
        A model that is trained here on 20,000 bytes of text or more learns a vocabulary first, unless the option Tokens says bytes.
      </p>
    </section>
  );
}

function Words({ which, answer }: { which: Subject; answer: Answer }) {
  const words = useMemo(() => wordsOf(answer, answer.counts), [answer]);
  const all = words.filter((word) => word !== null);
  const strings = all.filter((word) => word.parts),
    bytes = all.filter((word) => !word.parts);
  const [order, setOrder] = useState<Order>("longest");
  const [token, choose] = useState<number | null>(null);
  const sorted = useMemo(() => inOrder(strings, order), [words, order]);
  const tokens = answer.counts.reduce((sum, n) => sum + n, 0);
  const chosen = (token === null ? null : words[token]) ?? inOrder(strings, "longest")[0] ?? bytes[0]!;
  const figure = (word: Word) =>
    order === "longest" ? word.text.length : order === "most frequent" ? grouped(word.count) : `${word.merge}.`;
  return (
    <>
      <section class="panel stack">
        <div class="spread">
          <h2>What the model calls a word</h2>
          <Segmented label="Order of the words" value={order} choices={ORDERS.map((o) => [o, o])} set={setOrder} />
        </div>
        <p id="vocabulary-line">
          The vocabulary of {subjectName(which)}: {bytes.length} bytes and {strings.length} strings of bytes, learned from the text before
          training: the two neighbours that stand together most often become one, again and again. {grouped(answer.bytes)} bytes of the text
          are {grouped(tokens)} tokens, <b>{(answer.bytes / tokens).toFixed(2)} bytes each</b>.
        </p>
        <ol class="vocabulary-words vocabulary-strings" aria-label={`Learned strings, ${order} first`}>
          {sorted.map((word) => (
            <li key={word.token}>
              <button class="vocabulary-word mono" aria-pressed={word === chosen} onClick={() => choose(word.token)}>
                {word.name} <span class="vocabulary-figure">{figure(word)}</span>
              </button>
            </li>
          ))}
        </ol>
        <VocabularyWord word={chosen} words={all} tokens={tokens} choose={choose} />
      </section>
      <VocabularyReader which={which} words={words} chosen={chosen} choose={choose} />
      <section class="panel stack">
        <h2>Bytes</h2>
        <p>
          What no string covers is written byte by byte. A byte that the text never has needs two tokens: an escape, and its value. So every
          text can be written.
        </p>
        <ol class="vocabulary-words" aria-label="Bytes that are tokens">
          {bytes.map((word) => (
            <li key={word.token}>
              <button class="vocabulary-word mono" aria-pressed={word === chosen} onClick={() => choose(word.token)}>
                {word.name}
              </button>
            </li>
          ))}
        </ol>
        <AsTable words={inOrder(all, "learned first")} tokens={tokens} />
      </section>
    </>
  );
}

function AsTable({ words, tokens }: { words: Word[]; tokens: number }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="small" onToggle={(event) => setOpen((event.target as HTMLDetailsElement).open)}>
      <summary>The vocabulary: as a table</summary>
      {open && (
        <DataTable
          caption="The vocabulary"
          table={{
            head: ["number", "text", "bytes", "merge", "joins", "times", "share"],
            rows: words.map((w) => [
              w.token,
              w.name,
              w.text.length,
              w.merge ?? "–",
              w.parts ? w.parts.map((part) => part.name).join(" + ") : "–",
              w.count,
              percent(w.count / tokens),
            ]),
          }}
        />
      )}
    </details>
  );
}
