// Puts a compressed sister beside every text file of the build; the server sends it
// to browsers that take it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("./dist/", import.meta.url);
for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!/\.(js|css|html|svg)$/.test(name)) continue;
  const data = readFileSync(new URL(name, dist));
  if (data.length < 1024) continue;
  writeFileSync(new URL(`${name}.gz`, dist), gzipSync(data, { level: 9 }));
}
