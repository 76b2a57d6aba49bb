// Figures as people read them. Units are the same signs in both languages; the
// words around them come from the texts.

const plain = (n: number, digits: number): string =>
  new Intl.NumberFormat("en-US", { maximumFractionDigits: digits, minimumFractionDigits: 0, signDisplay: "negative" }).format(n); // never -0

/** Bits a second: 4.1 Mbit/s. */
export function bitrateText(bits: number): string {
  if (bits >= 1e6) return `${plain(bits / 1e6, 1)} Mbit/s`;
  if (bits >= 1e3) return `${plain(bits / 1e3, 0)} kbit/s`;
  return `${plain(bits, 0)} bit/s`;
}

/** Bytes with decimal multiples, as disks are sold: 1.8 TB. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let i = 0;
  while (bytes >= 1000 && i < units.length - 1) {
    bytes /= 1000;
    i++;
  }
  return `${plain(bytes, bytes < 10 && i > 0 ? 1 : 0)} ${units[i]}`;
}

export function decimalText(n: number, digits = 1): string {
  return plain(n, digits);
}
