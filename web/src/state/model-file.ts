// Whether a file is a model: by its content; and by a name that no text has, so that a damaged model is not taken for one.

const NAMES = /\.(atome|atome0[12]|atomep3|safetensors|pt)$/i;

export const startOf = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 8));

/** The length of a JSON header as 8 bytes, then the header. No text begins so: its bytes would promise exabytes. */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length >= 2n && length <= BigInt(bytes.length - 8);
}

export function isModelFile(name: string, bytes: Uint8Array): boolean {
  const start = startOf(bytes);
  return (
    NAMES.test(name) ||
    start.startsWith("ATOME") ||
    start.startsWith("\u0089ATM") ||
    start.startsWith("PK\u0003\u0004") ||
    isSafetensors(bytes)
  );
}
