/** Offers `content` as a download. Nothing leaves the machine. */
export function saveFile(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the blob after the click returns; a minute is ample and frees it in the end.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
