// Hands bytes to the browser as a file.

export function saveFile(name: string, bytes: Uint8Array) {
  const address = URL.createObjectURL(new Blob([bytes.slice()], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser may still be reading.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
