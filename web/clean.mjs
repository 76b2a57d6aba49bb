// Empties dist but for .keep, without which Go could not build before npm has run.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const dist = new URL("./dist/", import.meta.url);
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) if (name !== ".keep") rmSync(new URL(name, dist), { recursive: true });
writeFileSync(new URL(".keep", dist), "");
