/** Hands a file to the browser's downloads. */
export function saveFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const a = document.createElement("a");
  a.href = address;
  a.download = name;
  a.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000); // the download has begun by then
}
