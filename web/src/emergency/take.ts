import { useCallback } from "react";

const wanted = "watchroom.take";

/** Opens the dialog in which an emergency right is taken, from wherever something was refused. */
export const useTake = (): (() => void) => useCallback(() => void window.dispatchEvent(new Event(wanted)), []);

/** Calls back when somebody wants that dialog; gives how to stop. */
export function onTake(open: () => void): () => void {
  window.addEventListener(wanted, open);
  return () => window.removeEventListener(wanted, open);
}
