// Passkeys between the server's JSON and the browser's bytes (WebAuthn level 3, 5.1).
import type { Assertion, Attestation, KeyCreation, KeyRequest } from "./types";

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

export function base64url(buffer: ArrayBuffer): string {
  let raw = "";
  for (const b of new Uint8Array(buffer)) raw += String.fromCharCode(b);
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Whether this browser gives passkeys to this page at all: a secure context with a host name. */
export function offersPasskeys(): boolean {
  const numeric = /^\[|^\d+\.\d+\.\d+\.\d+$/.test(location.hostname);
  return window.isSecureContext && !numeric && typeof window.PublicKeyCredential === "function";
}

/** The person went away from the browser's question, or took too long. That is no fault. */
export const wasLeft = (e: unknown): boolean => e instanceof DOMException && (e.name === "NotAllowedError" || e.name === "AbortError");

type Listed = NonNullable<KeyRequest["allowCredentials"]>;
const listed = (list: Listed | null | undefined): PublicKeyCredentialDescriptor[] =>
  (list ?? []).map((c) => ({ id: bytes(c.id), type: "public-key", transports: (c.transports ?? undefined) as AuthenticatorTransport[] | undefined }));

export async function createPasskey(o: KeyCreation): Promise<Attestation> {
  const made = (await navigator.credentials.create({
    publicKey: {
      challenge: bytes(o.challenge),
      rp: o.rp,
      user: { id: bytes(o.user.id), name: o.user.name, displayName: o.user.displayName },
      pubKeyCredParams: (o.pubKeyCredParams ?? []).map((p) => ({ type: "public-key", alg: p.alg })),
      timeout: o.timeout,
      excludeCredentials: listed(o.excludeCredentials),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
    },
  })) as PublicKeyCredential;
  const r = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id, type: "public-key",
    response: { clientDataJSON: base64url(r.clientDataJSON), attestationObject: base64url(r.attestationObject), transports: r.getTransports?.() ?? [] },
  };
}

export async function showPasskey(o: KeyRequest): Promise<Assertion> {
  const shown = (await navigator.credentials.get({
    publicKey: { challenge: bytes(o.challenge), timeout: o.timeout, rpId: o.rpId, allowCredentials: listed(o.allowCredentials), userVerification: "required" },
  })) as PublicKeyCredential;
  const r = shown.response as AuthenticatorAssertionResponse;
  return {
    id: shown.id, type: "public-key",
    response: {
      clientDataJSON: base64url(r.clientDataJSON), authenticatorData: base64url(r.authenticatorData), signature: base64url(r.signature),
      ...(r.userHandle ? { userHandle: base64url(r.userHandle) } : {}),
    },
  };
}
