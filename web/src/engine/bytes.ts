export const joined = (parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
