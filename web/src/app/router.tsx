import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate, Outlet } from "@tanstack/react-router";
import { Frame } from "./frame";
import { NoHome, NotFound, PageCrash, PageSkeleton } from "./states";
import { Providers } from "./providers";
import { homeOf, useSession } from "./session";
import { readSearch } from "../trail/conditions";
import { readTrace } from "../trail/question";

const rootRoute = createRootRoute({
  component: () => (
    <Providers>
      <Outlet />
    </Providers>
  ),
  notFoundComponent: NotFound,
});

const setup = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("../pages/setup"), "SetupPage"),
});

// Everything below is for people who are signed in; the frame shows the sign-in
// page in place, so that the address survives it.
const framed = createRoute({ getParentRoute: () => rootRoute, id: "framed", component: Frame, notFoundComponent: NotFound });

function Home() {
  const home = homeOf(useSession());
  return home ? <Navigate to={home} replace /> : <NoHome />;
}
const home = createRoute({ getParentRoute: () => framed, path: "/", component: Home });

const wall = createRoute({ getParentRoute: () => framed, path: "/wall", component: lazyRouteComponent(() => import("../wall/page"), "WallPage") });

export interface PlaybackSearch {
  cameras?: string[];
  at?: number; // ms since 1970 UTC
}
const playback = createRoute({
  getParentRoute: () => framed,
  path: "/playback",
  validateSearch: (s: Record<string, unknown>): PlaybackSearch => ({
    cameras: Array.isArray(s.cameras) ? s.cameras.filter((c): c is string => typeof c === "string") : undefined,
    at: typeof s.at === "number" && Number.isFinite(s.at) ? s.at : undefined,
  }),
  component: lazyRouteComponent(() => import("../playback/page"), "PlaybackPage"),
});

export interface CamerasSearch {
  camera?: string;
}
const cameras = createRoute({
  getParentRoute: () => framed,
  path: "/cameras",
  validateSearch: (s: Record<string, unknown>): CamerasSearch => ({ camera: typeof s.camera === "string" ? s.camera : undefined }),
  component: lazyRouteComponent(() => import("../cameras/page"), "CamerasPage"),
});
const marks = createRoute({ getParentRoute: () => framed, path: "/marks", component: lazyRouteComponent(() => import("../pages/marks"), "MarksPage") });
const retention = createRoute({ getParentRoute: () => framed, path: "/retention", component: lazyRouteComponent(() => import("../keeping/retention"), "RetentionPage") });
export interface HoldsSearch {
  hold?: string;
}
const holds = createRoute({
  getParentRoute: () => framed,
  path: "/holds",
  validateSearch: (s: Record<string, unknown>): HoldsSearch => ({ hold: typeof s.hold === "string" ? s.hold : undefined }),
  component: lazyRouteComponent(() => import("../keeping/holds"), "HoldsPage"),
});
export interface DeletionsSearch {
  order?: string;
  removed?: boolean; // the list of what was removed, instead of the orders
}
const deletions = createRoute({
  getParentRoute: () => framed,
  path: "/deletions",
  validateSearch: (s: Record<string, unknown>): DeletionsSearch => ({ order: typeof s.order === "string" ? s.order : undefined, removed: s.removed === true || undefined }),
  component: lazyRouteComponent(() => import("../keeping/deletions"), "DeletionsPage"),
});
export interface ParametersSearch {
  key?: string; // of the parameter that is open
}
const parameters = createRoute({
  getParentRoute: () => framed,
  path: "/parameters",
  validateSearch: (s: Record<string, unknown>): ParametersSearch => ({ key: typeof s.key === "string" ? s.key : undefined }),
  component: lazyRouteComponent(() => import("../regime/page"), "ParametersPage"),
});
const purposes = createRoute({ getParentRoute: () => framed, path: "/purposes", component: lazyRouteComponent(() => import("../disclosure/page"), "PurposesPage") });
const storage = createRoute({ getParentRoute: () => framed, path: "/storage", component: lazyRouteComponent(() => import("../keeping/storage"), "StoragePage") });
const acts = createRoute({ getParentRoute: () => framed, path: "/acts", validateSearch: readSearch, component: lazyRouteComponent(() => import("../trail/page"), "ActsPage") });
const traced = createRoute({ getParentRoute: () => framed, path: "/trace", validateSearch: readTrace, component: lazyRouteComponent(() => import("../trail/trace"), "TracePage") });
const people = createRoute({ getParentRoute: () => framed, path: "/people", component: lazyRouteComponent(() => import("../pages/people"), "PeoplePage") });
export interface RightsSearch {
  tab?: "rules" | "names" | "history" | "explain" | "cedar"; // absent: what every position may do
  person?: string; // of whom it is explained, and where
  camera?: string;
}
const rights = createRoute({
  getParentRoute: () => framed,
  path: "/rights",
  validateSearch: (s: Record<string, unknown>): RightsSearch => ({
    tab: s.tab === "rules" || s.tab === "names" || s.tab === "history" || s.tab === "explain" || s.tab === "cedar" ? s.tab : undefined,
    person: typeof s.person === "string" ? s.person : undefined,
    camera: typeof s.camera === "string" ? s.camera : undefined,
  }),
  component: lazyRouteComponent(() => import("../rights/page"), "RightsPage"),
});
const consoles = createRoute({ getParentRoute: () => framed, path: "/consoles", component: lazyRouteComponent(() => import("../consoles/page"), "ConsolesPage") });
export interface WatchSearch {
  tab?: "past";
}
const watch = createRoute({
  getParentRoute: () => framed,
  path: "/watch",
  validateSearch: (s: Record<string, unknown>): WatchSearch => ({ tab: s.tab === "past" ? "past" : undefined }),
  component: lazyRouteComponent(() => import("../watch/page"), "WatchPage"),
});
const visitors = createRoute({ getParentRoute: () => framed, path: "/visitors", component: lazyRouteComponent(() => import("../visitor/page"), "VisitorsPage") });
const instructions = createRoute({ getParentRoute: () => framed, path: "/instructions", component: lazyRouteComponent(() => import("../notice/page"), "InstructionsPage") });
export interface RosterSearch {
  view?: "month" | "mine" | "requests"; // absent: the week
  day?: string; // that is shown
}
const roster = createRoute({
  getParentRoute: () => framed,
  path: "/roster",
  validateSearch: (s: Record<string, unknown>): RosterSearch => ({
    view: s.view === "month" || s.view === "mine" || s.view === "requests" ? s.view : undefined,
    day: typeof s.day === "string" && /^\d{4}-\d{2}-\d{2}$/.test(s.day) ? s.day : undefined,
  }),
  component: lazyRouteComponent(() => import("../roster/page"), "RosterPage"),
});
const rooms = createRoute({ getParentRoute: () => framed, path: "/rooms", component: lazyRouteComponent(() => import("../rooms/page"), "RoomsPage") });
export interface LogbookSearch {
  room?: string;
  entry?: string; // the one that is open
}
const logbook = createRoute({
  getParentRoute: () => framed,
  path: "/logbook",
  validateSearch: (s: Record<string, unknown>): LogbookSearch => ({ room: typeof s.room === "string" ? s.room : undefined, entry: typeof s.entry === "string" ? s.entry : undefined }),
  component: lazyRouteComponent(() => import("../logbook/page"), "LogbookPage"),
});
const areas = createRoute({ getParentRoute: () => framed, path: "/areas", component: lazyRouteComponent(() => import("../organisation/areas"), "AreasPage") });
export interface EmergenciesSearch {
  emergency?: string;
}
const emergencies = createRoute({
  getParentRoute: () => framed,
  path: "/emergencies",
  validateSearch: (s: Record<string, unknown>): EmergenciesSearch => ({ emergency: typeof s.emergency === "string" ? s.emergency : undefined }),
  component: lazyRouteComponent(() => import("../emergency/page"), "EmergenciesPage"),
});
const seconds = createRoute({ getParentRoute: () => framed, path: "/second", component: lazyRouteComponent(() => import("../second/page"), "SecondsPage") });
export interface ReviewSearch {
  tab?: "held" | "report";
}
const review = createRoute({
  getParentRoute: () => framed,
  path: "/rights/review",
  validateSearch: (s: Record<string, unknown>): ReviewSearch => ({ tab: s.tab === "held" || s.tab === "report" ? s.tab : undefined }),
  component: lazyRouteComponent(() => import("../review/page"), "ReviewPage"),
});
const system = createRoute({ getParentRoute: () => framed, path: "/system", component: lazyRouteComponent(() => import("../pages/system"), "SystemPage") });
export interface AccountSearch {
  session?: string; // from a notice about it
  camera?: string; // of which it is asked what one may do there
}
const account = createRoute({ getParentRoute: () => framed, path: "/account", validateSearch: (s: Record<string, unknown>): AccountSearch => ({ session: typeof s.session === "string" ? s.session : undefined, camera: typeof s.camera === "string" ? s.camera : undefined }), component: lazyRouteComponent(() => import("../pages/account"), "AccountPage") });

const ledger = createRoute({ getParentRoute: () => framed, path: "/ledger", component: lazyRouteComponent(() => import("../pages/ledger"), "LedgerPage") });

export interface CoverageSearch {
  days?: number;
  camera?: string; // with day: the cell whose gaps are shown
  day?: string;
}
const coverage = createRoute({
  getParentRoute: () => framed,
  path: "/coverage",
  validateSearch: (s: Record<string, unknown>): CoverageSearch => ({
    days: typeof s.days === "number" && [30, 60, 90, 120].includes(s.days) ? s.days : undefined,
    camera: typeof s.camera === "string" ? s.camera : undefined,
    day: typeof s.day === "string" ? s.day : undefined,
  }),
  component: lazyRouteComponent(() => import("../coverage/page"), "CoveragePage"),
});

export interface HandoverSearch {
  room?: string;
  id?: string; // of one
  past?: boolean; // the list of all
}
const handover = createRoute({
  getParentRoute: () => framed,
  path: "/handover",
  validateSearch: (s: Record<string, unknown>): HandoverSearch => ({ room: typeof s.room === "string" ? s.room : undefined, id: typeof s.id === "string" ? s.id : undefined, past: s.past === true || undefined }),
  component: lazyRouteComponent(() => import("../handover/page"), "HandoverPage"),
});

export interface LossesSearch {
  tab?: "faults";
  statement?: string;
}
const losses = createRoute({
  getParentRoute: () => framed,
  path: "/losses",
  validateSearch: (s: Record<string, unknown>): LossesSearch => ({
    tab: s.tab === "faults" ? "faults" : undefined,
    statement: typeof s.statement === "string" ? s.statement : undefined,
  }),
  component: lazyRouteComponent(() => import("../losses/page"), "LossesPage"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([setup, framed.addChildren([home, wall, playback, cameras, marks, coverage, losses, retention, holds, deletions, storage, parameters, purposes, acts, traced, ledger, people, rights, areas, watch, rooms, consoles, emergencies, seconds, review, system, account, visitors, instructions, roster, logbook, handover])]),
  defaultPendingComponent: PageSkeleton,
  defaultErrorComponent: PageCrash,
  defaultPreload: "intent",
  defaultPendingMs: 150,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
