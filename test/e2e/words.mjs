// The words on the screens, read from the application itself, so that a journey
// finds a button by what a person reads on it, in either language.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "./processes.mjs";

const fromWeb = createRequire(join(root, "web/package.json"));

/** Loads a package of web/node_modules. */
export const webPackage = (name) => fromWeb(name);

/** A file of words as a module, with the files that it takes sections from. */
async function moduleOf(path) {
  const ts = webPackage("typescript");
  const { outputText } = ts.transpileModule(readFileSync(path, "utf8"), { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } });
  let code = outputText;
  for (const [whole, name] of outputText.matchAll(/from "(\.[^"]+\.ts)"/g)) code = code.replace(whole, `from "${await moduleOf(join(dirname(path), name))}"`);
  return `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
}

async function texts(language) {
  return (await import(await moduleOf(join(root, `web/src/i18n/${language}.ts`))))[language];
}

/** A function from a key such as "signIn.submit" to its text, {{name}} filled from params. */
export async function wordsOf(language) {
  const all = await texts(language);
  return (key, params = {}) => {
    const text = key.split(".").reduce((part, name) => part?.[name], all);
    if (typeof text !== "string") throw new Error(`web/src/i18n/${language}.ts has no ${key}`);
    return text.replace(/\{\{(\w+)\}\}/g, (_, name) => {
      if (!(name in params)) throw new Error(`${key} needs ${name}`);
      return String(params[name]);
    });
  };
}
