import { useSyncExternalStore } from "react";

const phone = window.matchMedia("(max-width: 719px)"); // as in the styles

const listen = (tell: () => void): (() => void) => {
  phone.addEventListener("change", tell);
  return () => phone.removeEventListener("change", tell);
};

/** Whether the screen is as narrow as a phone's, where what floats over a page covers it. */
export const useNarrow = (): boolean => useSyncExternalStore(listen, () => phone.matches);
