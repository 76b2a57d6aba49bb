import { useSyncExternalStore } from "react";

let place: HTMLElement | null = null;
const listeners = new Set<() => void>();
const listen = (l: () => void): (() => void) => {
  listeners.add(l);
  return () => listeners.delete(l);
};
const put = (e: HTMLElement | null): void => {
  place = e;
  for (const l of listeners) l();
};

/** Where a page wants the banners that stand on every page, since their own place covers what it has there. */
export const BannerPlace = () => <div className="glass-place" ref={put} />;

export const useBannerPlace = (): HTMLElement | null => useSyncExternalStore(listen, () => place);
