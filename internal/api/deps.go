package api

import (
	"context"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/area"
	"watchroom/internal/access/asked"
	"watchroom/internal/access/console"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/federation"
	"watchroom/internal/access/kiosk"
	"watchroom/internal/access/mark"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/position"
	"watchroom/internal/access/review"
	"watchroom/internal/access/search"
	"watchroom/internal/access/sessions"
	logins "watchroom/internal/access/sharedlogin"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	areaapi "watchroom/internal/api/area"
	"watchroom/internal/api/camera"
	capacityapi "watchroom/internal/api/capacity"
	"watchroom/internal/api/certificate"
	"watchroom/internal/api/company"
	"watchroom/internal/api/controlroom"
	"watchroom/internal/api/coverage"
	"watchroom/internal/api/deletion"
	dutyapi "watchroom/internal/api/duty"
	handoverapi "watchroom/internal/api/duty/handover"
	dutyproof "watchroom/internal/api/duty/proof"
	emergencyapi "watchroom/internal/api/emergency"
	factorapi "watchroom/internal/api/factor"
	holds "watchroom/internal/api/hold"
	kioskapi "watchroom/internal/api/kiosk"
	ledgerapi "watchroom/internal/api/ledger"
	"watchroom/internal/api/live"
	lossapi "watchroom/internal/api/loss"
	"watchroom/internal/api/marked"
	maskapi "watchroom/internal/api/mask"
	"watchroom/internal/api/organisation"
	"watchroom/internal/api/parameter"
	"watchroom/internal/api/people"
	positionapi "watchroom/internal/api/position"
	"watchroom/internal/api/proposal"
	purposeapi "watchroom/internal/api/purpose"
	keeping "watchroom/internal/api/retention"
	reviewapi "watchroom/internal/api/review"
	"watchroom/internal/api/rights"
	"watchroom/internal/api/route"
	secondapi "watchroom/internal/api/second"
	"watchroom/internal/api/session"
	"watchroom/internal/api/sharedlogin"
	sidedoorapi "watchroom/internal/api/sidedoor"
	"watchroom/internal/api/signin"
	"watchroom/internal/api/storage"
	"watchroom/internal/api/stream"
	"watchroom/internal/api/system"
	"watchroom/internal/api/timeline"
	traceapi "watchroom/internal/api/trace"
	trailapi "watchroom/internal/api/trail"
	"watchroom/internal/api/viewing"
	"watchroom/internal/api/wall"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/daily"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/loss"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/plan"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/compliance"
	"watchroom/internal/archive/shortage"
	registry "watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/camera/sidedoor"
	layouts "watchroom/internal/camera/wall"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/disclosure/trace"
	"watchroom/internal/event"
	"watchroom/internal/form/paper"
	hub "watchroom/internal/live"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/regime"
	"watchroom/internal/source"
)

// Deps are the parts that the interface speaks for. All of them are started before
// New and closed after the server that uses its handler; Running is closed first
// of all, so that what runs lets go.
type Deps struct {
	Log     *slog.Logger
	Clock   clock.Clock
	Started time.Time // of the process
	Version string
	Given   string // flags by which a command finds this installation
	Listen  string // address, for the system page
	Public  string // address under which browsers reach the server, as configured; may be empty

	SiteName string
	TimeZone string // IANA name
	Demo     bool

	Web     fs.FS                // the browser application; package web's files
	Proxies route.Proxies        // networks of trusted reverse proxies
	Metrics *prometheus.Registry // served at /metrics; nil for no figures

	DB        *db.DB
	Bus       *event.Bus
	Running   *route.Running
	Access    *account.Control
	Rights    *policy.Policies
	Positions *position.Register
	// Refusals is told who was refused for want of a right; nil: nobody.
	Refusals route.Refusals
	Factors  *factor.Factors
	Consoles *console.Consoles // nil: none locks
	Shared   *logins.Watch
	Kiosks   *kiosk.Consoles

	Directories *federation.Desk       // nil: none
	Pace        func(who string) error // of what people do; nil: as route.NewPace has it
	// Certificate tells of the server's own; nil: it has none. Authority as in certificate.Routes.
	Certificate func() *system.Certificate
	Authority   func() []byte

	Areas       *area.Areas
	Units       *unit.Units
	Files       *staff.Files
	Emergencies *emergency.Rights
	Reviews     *review.Reviews
	Reviewed    func() // told when a line of a review was decided on; may be nil
	Cameras     *registry.Registry
	Masks       *mask.Masks
	SideDoors   *sidedoor.Register
	Rooms       *roomcam.Register
	Lost        camera.Lost // nil: nobody looks
	Fleet       camera.Fleet
	Pictures    interface {
		camera.Pictures
		viewing.Present
	}
	Probe func(context.Context, source.Config) (source.ProbeResult, error)
	// Resolve finds the addresses of a camera's name; the system's resolver if nil.
	Resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)

	Layouts *layouts.Layouts
	Duty    dutyapi.Routes // the watch

	Viewings  *disclosure.Viewings
	Marks     *mark.Maker     // of the pictures that people see; nil: they bear none
	Footage   viewing.Footage // see viewing.FromLibrary
	Bookmarks *bookmark.Bookmarks
	Snapshots *snapshot.Snapshots
	Timeline  timeline.Source

	Plans    *plan.Plans
	Days     *daily.Keeper
	Losses   *loss.Keeper
	Faults   *fault.Keeper
	Capacity *capacity.Keeper

	Live    live.Source
	WHEP    live.WHEP
	MSE     live.MSE
	Viewers *hub.Viewers
	Journal live.Journal

	Rules   *retention.Rules
	Audit   *compliance.Audit
	Removal keeping.Engine
	Graves  keeping.Graves
	Holds   *hold.Holds
	Orders  *order.Orders
	Proofs  *proof.Prover

	Parameters *regime.Parameters

	Ledger  Log
	System  system.Sources
	Storage storage.Sources
	// Shortage is what happens when no recording disk has room.
	Shortage *shortage.Keeper
	FFmpeg   func() string // its version, "" where there is none

	Ping time.Duration // how often an idle event stream is kept open; 0 means 15 s
}

func (d *Deps) chapters() *chapters {
	if d.Resolve == nil {
		d.Resolve = net.DefaultResolver.LookupNetIP
	}
	press := d.press()
	beside := &present.Company{Clock: d.Clock, Lasts: d.Viewings.Lasting}
	appointments := &appointment.Appointments{DB: d.DB, Clock: d.Clock, Areas: d.Access.Areas, Told: d.Access.Told}
	c := &chapters{
		session: session.Routes{
			Access: d.Access, Sessions: &sessions.Sessions{DB: d.DB, Account: d.Access, Factors: d.Factors}, Factors: d.Factors, Consoles: d.Consoles, Touched: d.Shared.Ring, Party: d.party, Clock: d.Clock, TimeZone: d.TimeZone, SiteName: d.SiteName, Version: d.Version, Demo: d.Demo,
		},
		people: people.Routes{Access: d.Access, Appointments: appointments},
		proposal: proposal.Routes{DB: d.DB, Appointments: appointments, Grades: &registry.Grades{Registry: d.Cameras},
			Moves: &registry.Moves{Registry: d.Cameras}, Areas: &area.Moves{Areas: d.Areas}, Masks: d.Masks, Rooms: d.Rooms, Schedules: &plan.Proposals{Plans: d.Plans}},
		mask:         maskapi.Routes{Masks: d.Masks},
		sidedoor:     sidedoorapi.Routes{Doors: d.SideDoors},
		controlroom:  controlroom.Routes{Rooms: d.Rooms},
		shared:       sharedlogin.Routes{Watch: d.Shared, Names: d.names},
		kiosk:        kioskapi.Routes{Consoles: d.Kiosks},
		factor:       factorapi.Routes{Factors: d.Factors, Account: d.Access, Party: d.party},
		area:         areaapi.Routes{Areas: d.Areas},
		organisation: organisation.Routes{Units: d.Units, Files: d.Files, Areas: d.Areas, Cameras: d.Cameras, Accounts: d.Access, Clock: d.Clock, Journal: d.Journal},
		camera: camera.Routes{
			Registry: d.Cameras, Fleet: d.Fleet, Pictures: d.Pictures, Probe: d.Probe, Resolve: d.Resolve, Journal: d.Journal, Clock: d.Clock,
			Reserve: d.reserve, Lost: d.Lost, Marks: press, Masks: d.Masks, Rooms: controlroom.Names(d.Rooms),
		},
		wall: wall.Routes{Layouts: d.Layouts},
		viewing: viewing.Routes{
			Viewings: d.Viewings, Footage: d.Footage, Timeline: d.Timeline, Present: d.Pictures,
			Bookmarks: d.Bookmarks, Snapshots: d.Snapshots, Journal: d.Journal, Clock: d.Clock,
			Running: d.Running, Gate: d.Access, Log: d.Log, Marks: press,
		},
		timeline: timeline.Routes{Source: d.Timeline, Clock: d.Clock, Retired: func(ctx context.Context, id string) (int64, error) {
			c, err := d.Cameras.Get(ctx, id)
			if err != nil || c.RetiredAt == nil {
				return 0, err
			}
			return *c.RetiredAt, nil
		}},
		coverage: coverage.Routes{Days: d.Days, Plans: d.Plans, Names: d.names, Clock: d.Clock},
		loss:     lossapi.Routes{Losses: d.Losses, Faults: d.Faults, Names: d.names},
		capacity: capacityapi.Routes{Capacity: d.Capacity},
		live: live.Routes{
			Source: d.Live, WHEP: d.WHEP, MSE: d.MSE, Viewers: d.Viewers, Journal: d.Journal, Company: beside,
			Running: d.Running, Gate: d.Access, Clock: d.Clock, Log: d.Log, Marks: press, Seconds: d.Viewings,
		},
		system: system.Routes{
			DB: d.DB, Sources: d.System, Capacity: d.Capacity, Removal: d.Removal, FFmpeg: d.FFmpeg,
			Clock: d.Clock, Started: d.Started, Version: d.Version, Listen: d.Listen,
		},
	}
	if d.Files != nil {
		c.session.Papers, c.session.Files = d.Files.Ending, d.Files
	}
	c.signin = signin.Routes{Access: d.Access, Desk: d.Directories, Log: d.Log}
	if d.Directories != nil {
		c.session.Directory = d.Directories.SignIn
	}
	c.certificate = certificate.Routes{Authority: d.Authority}
	c.system.Certificate = d.Certificate
	c.retention = keeping.Routes{
		Rules: d.Rules, Audit: d.Audit, Engine: d.Removal, Holds: d.Holds, Proofs: d.Proofs, Graves: d.Graves, Snaps: d.Snapshots, Clock: d.Clock, Cameras: d.inService,
		Reserve: func(ctx context.Context, minimum func(camera string, start int64) int) (*camera.Reservation, error) {
			r, err := reservation(d.Capacity.Would(ctx, minimum))
			return &r, err
		},
	}
	c.rights = rights.Routes{Policies: d.Rights, Positions: d.Positions, Access: d.Access, Cameras: d.inService, Clock: d.Clock, Areas: d.areaPaths, Journal: d.Journal}
	c.emergency = emergencyapi.Routes{Emergencies: d.Emergencies, Names: d.names}
	c.review = reviewapi.Routes{Reviews: d.Reviews, Decided: d.Reviewed}
	c.ledger = ledgerapi.Routes{Log: d.Ledger, DB: d.DB, Given: d.Given}
	c.duty = d.Duty.With(&dutyproof.Prover{Factors: d.Factors, Party: d.party}, d.names)
	printer := paper.NewPress(d.Web)
	c.duty.Handover.Paper = handoverapi.Paper{SiteName: d.SiteName, TimeZone: d.TimeZone, Press: printer, Web: d.Web, Cameras: d.cameraNames}
	c.duty.Visitor.Press, c.duty.Visitor.SiteName = printer, d.SiteName
	c.duty.Record.SiteName, c.duty.Record.Press, c.duty.Record.Web = d.SiteName, printer, d.Web
	c.purpose = purposeapi.Routes{Purposes: &purpose.Register{DB: d.DB, Bus: d.Bus, Clock: d.Clock}, Review: d.Viewings.Review, After: d.Viewings.Afterwards}
	questions := &asked.Questions{DB: d.DB, Clock: d.Clock}
	if d.Parameters != nil {
		questions.Rules = d.Parameters.Set
	}
	c.trail = trailapi.Routes{
		DB: d.DB, Searches: &search.Searches{DB: d.DB, Clock: d.Clock}, Asked: questions, Purposes: c.purpose.Purposes, Emergencies: d.Emergencies, Log: d.Ledger, Clock: d.Clock, People: d.names, Cameras: d.cameraNames, TimeZone: d.TimeZone,
		SiteName: d.SiteName, Press: printer, Web: d.Web,
	}
	c.trace = traceapi.Routes{Traces: &trace.Traces{DB: d.DB, Clock: d.Clock, Ended: d.Viewings.Ended, Rooms: traceapi.Rooms(d.Rooms)}, People: d.names}
	c.position = positionapi.Routes{Positions: d.Positions}
	c.company = company.Routes{Company: beside, Viewers: d.Viewers, People: d.Access.People, Names: d.Access.Names, Journal: d.Journal, Clock: d.Clock}
	c.second = secondapi.Routes{Viewings: d.Viewings, Factors: d.Factors, Party: d.party, Names: d.names}
	c.parameter = parameter.Routes{Parameters: d.Parameters}
	c.hold = holds.Routes{Holds: d.Holds, Clock: d.Clock}
	c.deletion = deletion.Routes{Orders: d.Orders}
	c.storage = storage.Routes{Sources: d.Storage, Shortage: d.Shortage, Names: d.Access.Names}
	c.stream = stream.Routes{
		Bus: d.Bus, Running: d.Running, Gate: d.Access, Clock: d.Clock, Version: d.Version, State: c.camera.State, Ping: d.Ping,
	}
	return c
}

// press puts marks on pictures, in the time of the site.
func (d *Deps) press() *marked.Press {
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil { // the configuration was checked; marks are not what a server fails for
		zone = time.UTC
	}
	return &marked.Press{Maker: d.Marks, Zone: zone, Clock: d.Clock, Masks: maskapi.Outlines(d.Masks)}
}

// inService gives the ids of the cameras that are not retired.
func (d *Deps) inService(ctx context.Context) ([]string, error) {
	all, err := d.Cameras.List(ctx)
	var ids []string
	for _, c := range all {
		if c.RetiredAt == nil {
			ids = append(ids, c.ID)
		}
	}
	return ids, err
}

// areaPaths gives the ways of areas in the tree, by id: of those that who asks may know.
func (d *Deps) areaPaths(ctx context.Context) (map[string]string, error) {
	all, err := d.Areas.List(ctx)
	if err != nil {
		return nil, err
	}
	paths, _, err := area.Paths(ctx, d.DB.Read())
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, a := range area.Known(route.Actor(ctx), access.CameraRead, all) {
		known[a.ID] = paths[a.ID]
	}
	return known, nil
}

// Log is the transparency log with what feeds it, and what proves single entries.
type Log interface {
	ledgerapi.Log
	trailapi.Log
}

func (d *Deps) cameraNames(ctx context.Context) (map[string]string, error) {
	all, err := d.Cameras.List(ctx)
	names := make(map[string]string, len(all))
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, err
}

// party is this server as authenticators know it at the address of a request.
func (d *Deps) party(ctx context.Context) (passkey.Party, error) {
	r := route.RequestOf(ctx)
	return passkey.PartyOf(d.Public, r.Host, r.Secure, d.SiteName)
}

func (d *Deps) names(ctx context.Context) (map[string]string, error) { return d.Access.Names(ctx) }

// reserve says what becomes of the storage with one camera more, or another main stream, or
// one that records again.
func (d *Deps) reserve(ctx context.Context, w camera.Wish) (camera.Reservation, error) {
	a, err := d.Capacity.Check(ctx, capacity.Change{Camera: w.Camera, Stream: w.Stream, On: w.On, Also: w.Also,
		Sight: capacity.Sight(w.Seen), Claim: capacity.Sight(w.Claim)})
	out, err := reservation(a, err)
	if err != nil {
		return out, err
	}
	out.Bitrate, out.Basis = math.Round(a.BytesPerDay*8/86400), string(a.Basis)
	return out, nil
}

func reservation(a *capacity.Answer, err error) (camera.Reservation, error) {
	if err != nil {
		return camera.Reservation{}, err
	}
	return camera.Reservation{Whole: true, OK: a.OK, KeepsDays: int(a.Keeps), MinimumDays: a.Of, ShortOn: route.TimeOrNil(a.ShortOn), FullOn: route.TimeOrNil(a.FullOn)}, nil
}
