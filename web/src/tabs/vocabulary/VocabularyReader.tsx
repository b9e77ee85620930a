// How a text is cut into tokens.

import { useState } from "preact/hooks";
import type { Api, Subject } from "../../engine/protocol";
import { textOf, tokenPieces } from "../../parts/format";
import { useAnswer } from "../../parts/use-refresh";
import { modelBehind } from "../../state/models";
import { call, corpus } from "../../state/store";
import type { Word } from "./vocabulary-data";

const SHOWN = 240;
const MAX_TEXT = 2000;

interface Props {
  which: Subject;
  words: (Word | null)[];
  chosen: Word;
  choose: (token: number) => void;
}

export function VocabularyReader({ which, words, chosen, choose }: Props) {
  const [own, setOwn] = useState<string | null>(null);
  const text = own ?? textOf(corpus.value?.head.subarray(0, SHOWN) ?? new Uint8Array());
  const { answer, error } = useAnswer<ReturnType<Api["encode"]>>([which, modelBehind(which).held, text], () =>
    call("encode", { subject: which, text: new TextEncoder().encode(text) }),
  );
  const bytes = answer?.pieces.reduce((sum, piece) => sum + piece.length, 0) ?? 0;
  return (
    <section class="panel stack">
      <h2>How it reads</h2>
      <textarea
        rows={3}
        aria-label="Text to cut into tokens"
        maxLength={MAX_TEXT}
        value={text}
        onInput={(event) => setOwn(event.currentTarget.value)}
      />
      {error && <p class="bad">{error}</p>}
      {answer && (
        <>
          <p class="small soft" id="reader-line">
            {bytes} bytes, {answer.tokens.length} tokens
            {answer.tokens.length > 0 && `: ${(bytes / answer.tokens.length).toFixed(2)} bytes each`}. Click a token to see how it was
            learned.
          </p>
          <p
            class="vocabulary-read mono"
            onClick={(event) => {
              const token = (event.target as HTMLElement).dataset.token;
              if (token !== undefined && words[Number(token)]) choose(Number(token));
            }}>
            {tokenPieces(answer.pieces).map((piece, i) => {
              const token = answer.tokens[i]!;
              return (
                <span key={i} data-token={token} class={token === chosen.token ? "chosen" : ""}>
                  {piece.replaceAll("\n", "⏎\n")}
                </span>
              );
            })}
          </p>
        </>
      )}
    </section>
  );
}
