/** Takes user name and password out of an RTSP address; undefined where there are none, or where they end is not plain. */
export function splitAddress(raw: string): { url: string; username: string; password: string } | undefined {
  const m = /^(rtsps?:\/\/)([^/?#]*)@([^/?#@]+(?:[/?#].*)?)$/i.exec(raw.trim());
  if (!m) return undefined;
  const [, scheme = "", inside = "", rest = ""] = m;
  const colon = inside.indexOf(":");
  const username = decoded(colon < 0 ? inside : inside.slice(0, colon));
  const password = colon < 0 ? "" : decoded(inside.slice(colon + 1));
  return { url: scheme + rest, username, password };
}

// What is not percent-encoded is taken as it is, as the server does.
function decoded(s: string): string {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
}
