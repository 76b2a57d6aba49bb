import { describe, expect, it } from "vitest";
import { base64url, bytes } from "./webauthn";

describe("bytes of a passkey", () => {
  it("go to base64url and back, whatever they are", () => {
    for (let n = 0; n < 70; n++) {
      const all = Uint8Array.from({ length: n }, (_, i) => (i * 37 + 250) % 256);
      const text = base64url(all.buffer);
      expect(text).not.toMatch(/[+/=]/);
      expect([...bytes(text)]).toEqual([...all]);
    }
    expect(base64url(Uint8Array.of(0xfb, 0xff, 0xfe).buffer)).toBe("-__-");
  });
});
