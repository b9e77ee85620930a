// Words of a command line that a visitor copies into a terminal. They may come from a file's name or from an address
// that somebody else made: whatever they are, the shell takes each as one word and runs nothing of it.

/** Between single quotes nothing has a meaning in a POSIX shell, not even ! to those that look back. */
const single = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

// A terminal may obey these when they are pasted: Ctrl-C in the middle of a word ends it, quoted or not.
const CONTROL = /[^\n\P{Cc}]/gu;
const octal = (byte: number) => `\\0${byte.toString(8)}`;

/** One word for every POSIX shell. */
export function quoted(text: string): string {
  if (text.search(CONTROL) < 0) return single(text);
  const escaped = text.replaceAll("\\", "\\\\").replace(CONTROL, (c) => [...new TextEncoder().encode(c)].map(octal).join(""));
  return `"$(printf '%b' ${single(escaped)})"`;
}

const MAX_NAME = 80;
/** What a visitor can call a file: without what cannot be seen, typed or stored; and no option, which begins with -. */
export function terminalName(name: string): string {
  const clean = name.replace(/[\p{C}\p{Zl}\p{Zp}/\\]/gu, "_").slice(0, MAX_NAME);
  return /^[-.]|^$/.test(clean) ? `_${clean}` : clean;
}
