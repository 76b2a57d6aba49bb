// Puts the face that the server prints with beside the build, with the licence that must go
// along with it. Debian's packages of it are collections, which the printing library refuses.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const print = new URL("./dist/print/", import.meta.url);
const noto = new URL("./node_modules/@expo-google-fonts/noto-sans-sc/", import.meta.url);
mkdirSync(print, { recursive: true });
writeFileSync(new URL("NotoSansSC-Regular.ttf.gz", print), gzipSync(readFileSync(new URL("400Regular/NotoSansSC_400Regular.ttf", noto)), { level: 9 }));
copyFileSync(new URL("LICENSE_FONT", noto), new URL("OFL.txt", print));
