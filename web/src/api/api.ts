import { call, url } from "./client";
import type * as T from "./types";

interface List<X> { items: X[] | null }
const items = async <X,>(p: Promise<List<X>>): Promise<X[]> => (await p).items ?? [];
const iso = (ms: number): string => new Date(ms).toISOString();
const id = encodeURIComponent;

/** Every operation the screens use, by chapter. */
export const api = {
  setup: {
    needed: () => call<{ needed: boolean }>("GET", "/setup"),
    run: (body: { token: string; username: string; displayName: string; password: string }) =>
      call<T.Session>("POST", "/setup", { body }),
  },
  session: {
    get: () => call<T.Session>("GET", "/session"),
    open: (body: { username: string; password: string }) => call<T.Session>("POST", "/session", { body }),
    close: () => call<void>("DELETE", "/session"),
    password: (body: { current: string; new: string }) => call<void>("PUT", "/session/password", { body }),
  },
  people: {
    list: () => items(call<List<T.Person>>("GET", "/people")),
    create: (body: { username: string; displayName: string; positions: string[]; password?: string }) =>
      call<{ person: T.Person; initialPassword?: string }>("POST", "/people", { body }),
    change: (person: string, body: { displayName?: string; positions?: string[]; disabled?: boolean }) =>
      call<T.Person>("PATCH", `/people/${id(person)}`, { body }),
    resetPassword: (person: string) => call<{ initialPassword: string }>("POST", `/people/${id(person)}/password-reset`),
  },
  cameras: {
    list: () => items(call<List<T.Camera>>("GET", "/cameras")),
    create: (body: T.CameraInput) => call<T.Camera>("POST", "/cameras", { body }),
    change: (camera: string, body: Partial<T.CameraInput>) => call<T.Camera>("PATCH", `/cameras/${id(camera)}`, { body }),
    switch: (camera: string, body: { enabled: boolean; reason: string }) =>
      call<T.Camera>("POST", `/cameras/${id(camera)}/switch`, { body }),
    retire: (camera: string, body: { reason: string }) => call<T.Camera>("POST", `/cameras/${id(camera)}/retire`, { body }),
    test: (body: T.StreamInput & { camera?: string; which?: T.Which }) => call<T.TestResult>("POST", "/cameras/test", { body }),
    pictureURL: (camera: string, stream: T.Which, version: number) => url(`/cameras/${id(camera)}/picture.jpg`, { stream, v: version }),
  },
  timeline: (cameras: readonly string[], from: number, to: number, resolution: number, signal?: AbortSignal) =>
    call<T.Timeline>("GET", "/timeline", { query: { camera: cameras, from: iso(from), to: iso(to), resolution }, signal }),
  viewings: {
    open: (body: { cameras: string[]; from: string; to: string; purpose: T.Purpose; reason: string }) =>
      call<T.Viewing>("POST", "/viewings", { body }),
    list: (query: { camera?: string; from?: string; to?: string }) => items(call<List<T.Viewing>>("GET", "/viewings", { query })),
    close: (viewing: string) => call<void>("POST", `/viewings/${id(viewing)}/close`),
    playlist: (viewing: string, camera: string, from: number, to: number, signal?: AbortSignal) =>
      call<T.Playlist>("GET", `/viewings/${id(viewing)}/cameras/${id(camera)}/playlist`, { query: { from: iso(from), to: iso(to) }, signal }),
    streamURL: (viewing: string, camera: string, q: { from: number; to: number; base: number; keyframes: boolean; audio: boolean }) =>
      url(`/viewings/${id(viewing)}/cameras/${id(camera)}/stream.mp4`, {
        from: iso(q.from), to: iso(q.to), base: iso(q.base), keyframes: q.keyframes ? 1 : 0, audio: q.audio ? 1 : 0,
      }),
    thumbnailURL: (viewing: string, camera: string, at: number, width: number) =>
      url(`/viewings/${id(viewing)}/cameras/${id(camera)}/thumbnail.jpg`, { at: iso(at), width }),
    download: (viewing: string, camera: string, from: number, to: number) =>
      call<void>("GET", `/viewings/${id(viewing)}/cameras/${id(camera)}/download`, { query: { from: iso(from), to: iso(to) } }),
  },
  snapshots: {
    take: (body: { camera: string; viewing?: string; at?: string; note?: string }) => call<T.Snapshot>("POST", "/snapshots", { body }),
    list: (query: { camera?: string; from?: string; to?: string }) => items(call<List<T.Snapshot>>("GET", "/snapshots", { query })),
    pictureURL: (snapshot: string, viewing?: string) => url(`/snapshots/${id(snapshot)}/picture.jpg`, { viewing }),
  },
  bookmarks: {
    add: (body: { camera: string; at: string; end?: string; title: string; note?: string }) => call<T.Bookmark>("POST", "/bookmarks", { body }),
    list: (query: { camera?: string; from?: string; to?: string }) => items(call<List<T.Bookmark>>("GET", "/bookmarks", { query })),
    retract: (bookmark: string, body: { reason: string }) => call<T.Bookmark>("POST", `/bookmarks/${id(bookmark)}/retract`, { body }),
  },
  live: {
    options: (camera: string, stream: T.Which, can: { whep: string[]; mse: string[] }) =>
      call<T.LiveOptions>("GET", `/live/${id(camera)}/options`, { query: { stream, whep: can.whep.join(","), mse: can.mse.join(",") } }),
    whepURL: (camera: string, stream: T.Which) => url(`/live/${id(camera)}/whep`, { stream }),
    mseURL: (camera: string, stream: T.Which) => {
      const u = new URL(url(`/live/${id(camera)}/mse`, { stream }), location.href);
      u.protocol = u.protocol === "https:" ? "wss:" : "ws:";
      return u.href;
    },
  },
  layouts: {
    list: () => items(call<List<T.Layout>>("GET", "/layouts")),
    create: (body: T.LayoutInput) => call<T.Layout>("POST", "/layouts", { body }),
    change: (layout: string, body: T.LayoutInput) => call<T.Layout>("PUT", `/layouts/${id(layout)}`, { body }),
    remove: (layout: string) => call<void>("DELETE", `/layouts/${id(layout)}`),
  },
  system: () => call<T.SystemInfo>("GET", "/system"),
  acts: (query: { before?: string; limit?: number; kind?: string; person?: string; camera?: string }) =>
    call<T.ActPage>("GET", "/acts", { query }),
};
