// What tokens stand for.

/** Of models of pairs: the token behind it is the value of a byte. */
export const ESCAPE = 0;

export interface Vocabulary {
  /** (V) each token's text: of a model of bytes the byte; empty: the escape, and tokens that stand for nothing */
  tokens: Uint8Array[];
  /** the two tokens that each merge joins, in order of rank; the last of the tokens above that are not empty */
  merges: [number, number][];
}

/** See Model.decode(). */
export function piecesOf(vocabulary: Uint8Array[], tokens: Uint8Array): Uint8Array[] {
  let escaped = false;
  return Array.from(tokens, (token) => {
    const text = escaped ? Uint8Array.of(token) : vocabulary[token]!;
    escaped = !escaped && text.length === 0 && token === ESCAPE;
    return text;
  });
}

export function joined(pieces: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
