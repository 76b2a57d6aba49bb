// Renders /api/openapi.json: operations by tag, then schemas, with a search over both.
(async () => {
  "use strict";
  const main = document.getElementById("main");
  const nav = document.getElementById("nav");
  const search = document.getElementById("search");

  // el makes an element; text always goes in as text, never as markup.
  function el(name, attrs, ...children) {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(attrs || {})) if (v !== undefined) e.setAttribute(k, v);
    for (const c of children.flat()) if (c !== null && c !== undefined) e.append(c);
    return e;
  }

  let doc;
  try {
    const answer = await fetch("/api/openapi.json");
    if (!answer.ok) throw new Error(answer.status + " " + answer.statusText);
    doc = await answer.json();
  } catch (err) {
    main.replaceChildren(el("p", { class: "loading", role: "alert" }, "The document could not be read: " + err.message));
    return;
  }
  const schemas = (doc.components && doc.components.schemas) || {};
  const nameOf = (s) => (s && s.$ref ? s.$ref.split("/").pop() : "");
  const resolve = (s) => (s && s.$ref ? schemas[nameOf(s)] || {} : s || {});

  // type writes a schema as a short type, naming what has a name of its own.
  function type(s) {
    if (!s) return el("span", { class: "type" }, "any");
    if (s.$ref) return el("a", { class: "type", href: "#schema-" + nameOf(s) }, nameOf(s));
    if (s.enum) return el("span", { class: "type" }, s.enum.map((v) => JSON.stringify(v)).join(" | "));
    const kinds = [].concat(s.type || (s.properties ? "object" : "any"));
    const out = el("span", { class: "type" });
    if (kinds.includes("array")) out.append(type(s.items), "[]");
    else if (kinds.includes("object") && s.additionalProperties && s.additionalProperties !== true && !s.properties)
      out.append("{ string: ", type(s.additionalProperties), " }");
    else out.append(kinds.filter((k) => k !== "null").join(" | ") + (s.format && s.format !== "double" && s.format !== "int64" ? " (" + s.format + ")" : ""));
    if (kinds.includes("null")) out.append(" | null");
    return out;
  }

  function limits(s) {
    const l = [];
    const add = (k, f) => { if (s[k] !== undefined) l.push(f(s[k])); };
    add("minLength", (v) => "at least " + v + " characters");
    add("maxLength", (v) => "at most " + v + " characters");
    add("minItems", (v) => "at least " + v + " items");
    add("maxItems", (v) => "at most " + v + " items");
    add("minimum", (v) => "≥ " + v);
    add("maximum", (v) => "≤ " + v);
    add("default", (v) => "default " + JSON.stringify(v));
    return l.join(", ");
  }

  function about(s, description) {
    const words = [description, limits(s)].filter(Boolean).join(" · ");
    return words ? el("div", { class: "about" }, words) : null;
  }

  function row(name, required, s, description, inner) {
    return el("div", { class: "row" },
      el("div", { class: "name" }, name, required ? el("i", { title: "required" }, " *") : null),
      el("div", {}, type(s), about(s, description)),
      inner);
  }

  // members lists what an object holds; objects without a name unfold in place.
  function members(s) {
    s = resolve(s);
    if ([].concat(s.type).includes("array")) return members(s.items);
    const need = new Set(s.required || []);
    const names = Object.keys(s.properties || {});
    if (!names.length) return null;
    return el("div", { class: "rows" }, names.map((n) => {
      const p = s.properties[n];
      const unnamed = !p.$ref && p.properties ? members(p) : null;
      return row(n, need.has(n), p, p.description, unnamed);
    }));
  }

  // example invents a value from the examples of the document.
  function example(s, depth) {
    if (s.examples && s.examples.length) return s.examples[0];
    const named = s.$ref;
    s = resolve(s);
    if (s.examples && s.examples.length) return s.examples[0];
    if (depth > 5) return named ? {} : null;
    if (s.enum) return s.enum[0];
    const kind = [].concat(s.type || "object")[0];
    if (kind === "array") return s.items ? [example(s.items, depth + 1)] : [];
    if (kind === "object") {
      const o = {};
      for (const [k, p] of Object.entries(s.properties || {})) o[k] = example(p, depth + 1);
      return o;
    }
    if (kind === "boolean") return false;
    if (kind === "integer" || kind === "number") return 0;
    if (s.format === "date-time") return "2026-11-22T08:00:00Z";
    return "";
  }

  function json(value) {
    const pre = el("pre", { tabindex: "0" });
    const text = JSON.stringify(value, null, 2);
    const parts = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?|true|false|null/g;
    let last = 0;
    for (let m; (m = parts.exec(text)); last = parts.lastIndex) {
      pre.append(text.slice(last, m.index));
      if (m[2]) pre.append(el("span", { class: "key" }, m[1]), m[2]);
      else pre.append(el("span", { class: m[1] ? "str" : "num" }, m[0]));
    }
    pre.append(text.slice(last));
    return pre;
  }

  function body(title, content) {
    return Object.entries(content || {}).map(([kind, media]) => {
      const s = media.schema || {};
      const text = kind.endsWith("json");
      const list = members(s);
      return el("section", {}, el("h4", {}, title + " ", el("code", {}, kind), " ", s.$ref ? type(s) : null),
        text ? el("div", { class: "split" }, list || el("div", {}, type(s)), json(example(s, 0)))
             : s.description ? el("p", {}, s.description) : null);
    });
  }

  function operation(path, method, op) {
    const id = "op-" + op.operationId;
    const address = el("span", { class: "path" });
    for (const piece of path.split(/(\{[^}]+\})/)) address.append(piece.startsWith("{") ? el("b", {}, piece) : piece);
    const article = el("article", { id },
      el("header", {},
        el("h3", {}, op.summary || op.operationId),
        el("span", { class: "method " + method }, method.toUpperCase()), address,
        el("span", { class: "right" }, op["x-demand"] ? ["needs ", el("code", {}, op["x-demand"])] : "open to everybody")),
      op.description ? el("p", {}, op.description) : null);
    for (const where of ["path", "query", "header", "cookie"]) {
      const list = (op.parameters || []).filter((p) => p.in === where);
      if (list.length) article.append(el("h4", {}, "In the " + where),
        el("div", { class: "rows" }, list.map((p) => row(p.name, p.required, p.schema || {}, p.description || (p.schema || {}).description))));
    }
    if (op.requestBody) article.append(...body("Request", op.requestBody.content));
    for (const [status, answer] of Object.entries(op.responses || {})) {
      if (status === "default") continue;
      const parts = body(status, answer.content);
      if (!parts.length) parts.push(el("h4", {}, status + " " + (answer.description || "")));
      article.append(...parts);
      const headers = Object.entries(answer.headers || {});
      if (headers.length) article.append(el("div", { class: "rows" }, headers.map(([n, h]) => row(n, false, h.schema || {}, h.description))));
    }
    const what = [op.summary, op.description, path, method, op.operationId, op["x-demand"]].join(" ").toLowerCase();
    const link = el("a", { href: "#" + id }, el("span", { class: "method " + method }, method.toUpperCase()), el("span", {}, op.summary || op.operationId));
    return { article, link, what };
  }

  const entries = []; // everything that the search can hide
  const groups = []; // headings with their entries
  const byTag = new Map((doc.tags || []).map((t) => [t.name, []]));
  for (const [path, item] of Object.entries(doc.paths || {}))
    for (const method of ["get", "post", "put", "patch", "delete"])
      if (item[method]) {
        const tag = (item[method].tags || ["other"])[0];
        if (!byTag.has(tag)) byTag.set(tag, []);
        byTag.get(tag).push(operation(path, method, item[method]));
      }

  const title = el("h2", {}, doc.info.title + " " + doc.info.version);
  main.replaceChildren(title, el("p", { class: "intro" }, doc.info.description || ""));
  const none = el("p", { class: "none", hidden: "", role: "status" }, "Nothing matches.");
  main.append(none);

  function group(name, list, aboutIt) {
    if (!list.length) return;
    const heading = el("h2", { id: "tag-" + name }, name);
    const navHeading = el("h2", {}, name);
    main.append(heading);
    if (aboutIt) main.append(el("p", { class: "intro" }, aboutIt));
    nav.append(navHeading);
    for (const e of list) { main.append(e.article); nav.append(e.link); entries.push(e); }
    groups.push({ heading, navHeading, list });
  }
  for (const [name, list] of byTag) group(name, list, ((doc.tags || []).find((t) => t.name === name) || {}).description);
  group("Schemas", Object.keys(schemas).sort().map((name) => {
    const s = schemas[name];
    const article = el("article", { id: "schema-" + name }, el("header", {}, el("h3", {}, name)),
      s.description ? el("p", {}, s.description) : null,
      el("div", { class: "split" }, members(s) || el("div", {}, type(s)), json(example(s, 0))));
    return { article, link: el("a", { href: "#schema-" + name }, el("span", { class: "method" }, "type"), el("span", {}, name)),
      what: (name + " " + Object.keys(s.properties || {}).join(" ")).toLowerCase() };
  }));

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const e of entries) {
      const hit = words.every((w) => e.what.includes(w));
      e.article.hidden = e.link.hidden = !hit;
      e.link.style.display = hit ? "" : "none";
      if (hit) shown++;
    }
    for (const g of groups) g.heading.hidden = g.navHeading.hidden = g.list.every((e) => e.article.hidden);
    none.hidden = shown > 0;
  }
  search.addEventListener("input", filter);
  document.addEventListener("keydown", (ev) => {
    if (ev.key === "/" && document.activeElement !== search) { ev.preventDefault(); search.focus(); }
    if (ev.key === "Escape" && document.activeElement === search) { search.value = ""; filter(); search.blur(); }
  });

  const links = new Map(entries.map((e) => [e.article, e.link]));
  const seen = new IntersectionObserver((changes) => {
    for (const c of changes) if (c.isIntersecting) {
      nav.querySelectorAll("[aria-current]").forEach((a) => a.removeAttribute("aria-current"));
      links.get(c.target).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -75% 0px" });
  for (const e of entries) seen.observe(e.article);
  if (location.hash) { const t = document.getElementById(decodeURIComponent(location.hash.slice(1))); if (t) t.scrollIntoView({ behavior: "instant" }); }
})();
