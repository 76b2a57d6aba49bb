// Makes internal/access/password/breached.bin, the passwords that attackers try first.
//
//   node scripts/breached.mjs DIRECTORY
//
// DIRECTORY holds two npm packages, unpacked: `npm pack zxcvbn@4.4.2` into zxcvbn, and
// `npm pack @zxcvbn-ts/language-common@4.1.3` into language-common. Both are under the MIT
// licence; their lists were counted from passwords that were published after breaches. The
// file is sorted: of each password, in lower case, the first five bytes of its SHA-256. It
// says of one good password in twenty million that it is among them.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const from = process.argv[2];
if (!from) throw new Error("say where the packages are");
const older = /passwords: "([^"]*)"/.exec(readFileSync(join(from, "zxcvbn/lib/frequency_lists.js"), "utf8"))[1].split(",");
const newer = JSON.parse(readFileSync(join(from, "language-common/src/passwords.json"), "utf8"));

const size = 5;
const marks = new Set();
for (const p of [...older, ...newer]) {
  const word = p.toLowerCase();
  // Shorter ones are no password here, and no word that one is made of.
  if (word.length >= 5 && /^[\x21-\x7e]+$/.test(word)) marks.add(createHash("sha256").update(word).digest().subarray(0, size).toString("hex"));
}
const sorted = [...marks].sort();
writeFileSync(new URL("../internal/access/password/breached.bin", import.meta.url), Buffer.from(sorted.join(""), "hex"));
console.log(`${sorted.length} passwords`);
