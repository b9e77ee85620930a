// The whole model in eight short sections, whose figures are the model that the page shows.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { PATHWAYS } from "../../engine/tables";
import { GLYPH } from "../../parts/format";
import { subjectName } from "../../state/models";
import { idle, lens, setView, subject } from "../../state/store";
import { levelsOf } from "../weights/weights-data";
import { useHowModel, type HowModel } from "./how-model";
import { TokensFigure, CodesFigure } from "./HowItWorksTokens";
import { DigestFigure, FlashFigure, OrderFigure } from "./HowItWorksChip";
import { AttentionFigure, DecayFigure, TapsFigure } from "./HowItWorksPathways";
import { EntropyFigure, RouterFigure } from "./HowItWorksRouter";
import { LossFigure, StraightThroughFigure, TrainButton } from "./HowItWorksTraining";
import "./HowItWorks.css";

const TITLES = [
  "Tokens in, tokens out",
  "Three weights",
  "Three pathways",
  "A router mixes them",
  "How undecided it was",
  "Training",
  "Why it fits a chip",
  "The same bits everywhere",
];

export default function HowItWorks() {
  const { model, error } = useHowModel();
  const page = useRef<HTMLDivElement>(null);
  return (
    <div class="how" ref={page}>
      <header>
        <h2>How it works</h2>
        <p>
          A language model small enough to see through, in eight steps. Every figure is drawn from {subjectName(subject.value)}, and follows
          it when it learns.
        </p>
        {error && <p class="bad">{error}</p>}
        {!lens.value && (
          <p class="soft">
            {idle.value
              ? "In a moment: the figures of the pretrained model."
              : "No model is loaded: train one, or drop a model file on the page, and the figures appear."}
          </p>
        )}
        <TrainButton />
      </header>
      <Contents page={page} />
      <article>
        <Sections model={model} />
      </article>
    </div>
  );
}

function Sections({ model }: { model: HowModel | null }) {
  return (
    <>
      <Section n={1}>
        <p>
          The model reads one token at a time: a number from 0 to 255. After each it gives every token that could come next a probability.
          To write, it draws one of them, reads what it has just written, and goes on.
        </p>
        {model && <p>{aboutTokens(model)}</p>}
        <TokensFigure />
      </Section>
      <Section n={2}>
        <p>
          Nearly all that a model knows lies in its matrices, and here each of their numbers is <b>−1</b>, <b>0</b> or <b>+1</b>, times one
          scale for the whole matrix. To multiply by such a matrix is to add where there is a plus, subtract where there is a minus, and
          leave out the zeros. The first matrix, the embedding, has a row for each of the 256 tokens: the numbers with which that token
          enters.
        </p>
        {model && otherWeights(model) && <p class="soft">{otherWeights(model)}</p>}
        {model && <CodesFigure model={model} />}
      </Section>
      <Section n={3}>
        <p>
          A token means little without those before it. Each layer looks back in three ways, which differ in how far they see and in how
          much they must keep.
        </p>
        <Pathways model={model} />
      </Section>
      <Section n={4}>
        <p>
          How much of each pathway goes on to the next layer is not fixed. In every layer a small matrix, the router, looks at the token and
          gives the pathways weights that are never negative and sum to 1. So one token may lean on its neighbours, and the next on
          something said long before.
        </p>
        <RouterFigure />
      </Section>
      <Section n={5}>
        <p>
          Where one pathway gets all the weight, the router was decided; where each gets the same, it was not. Entropy puts that into one
          number: multiply each weight by its own logarithm, add these up, and turn the sign. It is 0 for a sure choice and, for a perfect
          tie of three, ln 3, about 1.10 nats.
        </p>
        <EntropyFigure />
        <p>
          An undecided router is not yet a wrong prediction. Whether one tells of the other is a question of measurement.{" "}
          <button class="link" onClick={() => setView({ tab: "uncertainty" })}>
            Measure it
          </button>
        </p>
      </Section>
      <Section n={6}>
        <p>
          <b>Forward:</b> the model reads a piece of text and, before each token, says what it expects. <b>Loss:</b> each token costs the
          logarithm of one over the probability that it was given, in bits; who knows nothing pays 8 bits a token. A token may be several
          bytes long, so what is shown is the cost of a byte of text. <b>Backward:</b> the gradient says for every weight which way would
          have been cheaper, and the weight moves a little.
        </p>
        <LossFigure />
        <p>
          A code cannot move a little. So training keeps a float behind each code, computes with the code, and passes the gradient straight
          through the rounding to the float, as if there were none. When the float has crossed an edge, the code flips.
        </p>
        <StraightThroughFigure />
      </Section>
      <Section n={7}>
        <p>
          Three values need less than two bits. Four codes fit a byte of flash, or five, since 3⁵ = 243 is less than 256; a float would take
          four bytes for one. The weights stay in flash and are read where they lie. And a token costs the same work however long the text
          is: the state carries on, and attention never sees more than its window.
        </p>
        {model && <FlashFigure model={model} />}
      </Section>
      <Section n={8}>
        <p>
          Computers round every sum of floats, so the order of adding changes the last bits, and one bit is enough to write another word.
          Here the order of every sum is fixed, and exp, tanh and log are the kit's own. This page, the command line and a microcontroller
          therefore compute the same numbers, to the last bit.
        </p>
        <OrderFigure />
        <p>
          Two checks hold it together. Golden vectors, computed in double precision by a separate program, say that the numbers are right,
          to within 0.0001. A digest, sixteen digits made from every bit, says that they are the same: the same settings, text and seed give
          the same digest here and in a terminal.
        </p>
        <DigestFigure />
      </Section>
    </>
  );
}

function aboutTokens({ info }: HowModel): string {
  return info.tokenizer === "bytes"
    ? "Of the model shown, a token is a byte, which in plain English text is one character. It has no word list: that letters make words is something it had to find out."
    : "Of the model shown, a token is a byte or a string of bytes that is frequent in its text: the tab Vocabulary has them all. What they mean, and that others make words too, is something it had to find out.";
}

/** What the model has in place of three codes; "" where it has those. */
function otherWeights({ info, embed }: HowModel): string {
  const tensor = info.tensors.find((t) => t.name === "embed.weight")!;
  const levels = levelsOf(tensor)
    .filter((code) => code > 0)
    .reverse();
  if (levels.length === 1) return "";
  if (levels.length === 0) return "The model shown keeps its weights as floats, to compare with.";
  return `The model shown has a finer set of codes: 0, ±${levels.join(", ±")}${embed.scales.length > 1 ? ", and a scale for each row" : ""}.`;
}

function Pathways({ model }: { model: HowModel | null }) {
  const config = model?.info.config;
  const selective = config?.state === "selective";
  const off = PATHWAYS.filter((p) => config?.disable_pathways.includes(p));
  return (
    <div class="how-pathways">
      <section>
        <h3>
          <span class="local">{GLYPH.local}</span> Convolution: the last {config?.kernel_size ?? "few"} tokens
        </h3>
        <p>
          Each channel adds and subtracts its own last values, by codes that are the same for every token. It sees how a word is spelled,
          and nothing further back.
        </p>
        {model && <TapsFigure model={model} />}
      </section>
      <section>
        <h3>
          <span class="state">{GLYPH.state}</span> State: all tokens, fading
        </h3>
        <p>
          Each channel keeps a single number. With every token that number shrinks by its decay and takes in some of the new one. A decay
          near 1{selective ? "" : ", or near −1,"} remembers; one near 0 forgets at once.
          {selective &&
            " In this model each token sets the decays itself: what is worth keeping is kept, and the more is kept, the less is taken in."}
        </p>
        {model && <DecayFigure model={model} />}
      </section>
      <section>
        <h3>
          <span class="sparse">{GLYPH.sparse}</span> Attention: {config ? `the best ${config.top_k}` : "the best few"} of many
        </h3>
        <p>
          The newest token makes a query, and every token in the window has a key. The {config?.top_k ?? "few"} whose keys match best are
          mixed; the others count for nothing. It can fetch a name from far back, and must keep the whole window for that.
        </p>
        <AttentionFigure />
      </section>
      {off.length > 0 && <p class="soft">Switched off in the model shown: {off.map((p) => `${GLYPH[p]} ${p}`).join(", ")}.</p>}
    </div>
  );
}

function Section({ n, children }: { n: number; children: ComponentChildren }) {
  return (
    <section class="how-section" data-n={n} aria-labelledby={`how-${n}`}>
      <h2 id={`how-${n}`} tabIndex={-1}>
        <span class="how-number" aria-hidden="true">
          {n}
        </span>
        {TITLES[n - 1]}
      </h2>
      {children}
    </section>
  );
}

/** Buttons, not links: what is behind the # of the address belongs to the state of the page. */
function Contents({ page }: { page: { current: HTMLElement | null } }) {
  const [at, setAt] = useState(1);
  useEffect(() => {
    const seen = new Set<number>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const n = Number((entry.target as HTMLElement).dataset.n);
          if (entry.isIntersecting) seen.add(n);
          else seen.delete(n);
        }
        if (seen.size > 0) setAt(Math.min(...seen));
      },
      { rootMargin: "-25% 0px -55% 0px" },
    );
    page.current!.querySelectorAll("[data-n]").forEach((section) => observer.observe(section));
    return () => observer.disconnect();
  }, []);
  const go = (n: number) => {
    const heading = page.current!.querySelector<HTMLElement>(`#how-${n}`)!;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    heading.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    heading.focus({ preventScroll: true });
  };
  return (
    <nav class="how-contents" aria-label="Sections">
      <ol>
        {TITLES.map((title, i) => (
          <li key={title}>
            <button aria-current={at === i + 1 ? "location" : undefined} onClick={() => go(i + 1)}>
              <span class="how-toc-number" aria-hidden="true">
                {i + 1}
              </span>
              {title}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
