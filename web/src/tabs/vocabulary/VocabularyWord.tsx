// One word: its place in the vocabulary, the merges that made it, and the words that it is a part of.

import { grouped, percent } from "../../parts/format";
import { madeOf, usedIn, type Word } from "./vocabulary-data";

interface Props {
  word: Word;
  words: Word[];
  /** of the text in which words were counted */
  tokens: number;
  choose: (token: number) => void;
}

export function VocabularyWord({ word, words, tokens, choose }: Props) {
  const longer = usedIn(words, word);
  return (
    <div class="vocabulary-chosen">
      <p role="status">
        <b class="mono byte">{word.name}</b> is token {word.token}
        {word.merge !== null && `, learned in merge ${word.merge}`}: {word.text.length} {word.text.length === 1 ? "byte" : "bytes"}. It
        comes {grouped(word.count)} times in the text, {percent(word.count / tokens)} of all tokens.
      </p>
      {word.parts && (
        <ol class="vocabulary-merges" aria-label={`How ${word.name} was put together`}>
          {madeOf(word).map((made) => (
            <li key={made.token}>
              <span class="soft small">merge {made.merge}</span> <b class="mono">{made.name}</b> ={" "}
              <Part word={made.parts![0]} choose={choose} /> + <Part word={made.parts![1]} choose={choose} />
            </li>
          ))}
        </ol>
      )}
      {longer.length > 0 && (
        <p class="row small">
          <span class="soft">part of</span>
          {longer.map((w) => (
            <Part key={w.token} word={w} choose={choose} />
          ))}
        </p>
      )}
    </div>
  );
}

function Part({ word, choose }: { word: Word; choose: (token: number) => void }) {
  return (
    <button class="chip mono" onClick={() => choose(word.token)}>
      {word.name}
    </button>
  );
}
