// Package app puts the parts together: it builds each from the configuration,
// starts them from the ground up and stops them in the opposite order.
//
// What records comes first and stops last: cameras are pulled from a sealed copy
// of their list before the database is opened, and go on whatever is wrong with it.
package app

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"watchroom/internal/access/account"
	"watchroom/internal/access/federation"
	"watchroom/internal/access/mark"
	rights "watchroom/internal/access/policy"
	"watchroom/internal/api"
	liveapi "watchroom/internal/api/live"
	"watchroom/internal/api/route"
	"watchroom/internal/api/viewing"
	"watchroom/internal/app/alarmed"
	"watchroom/internal/app/alive"
	"watchroom/internal/app/assignment"
	"watchroom/internal/app/beside"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/depot"
	"watchroom/internal/app/died"
	"watchroom/internal/app/duties"
	"watchroom/internal/app/figures"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/front"
	"watchroom/internal/app/inventory"
	"watchroom/internal/app/latch"
	"watchroom/internal/app/organisation"
	"watchroom/internal/app/oversight"
	"watchroom/internal/app/passed"
	"watchroom/internal/app/ports"
	"watchroom/internal/app/records"
	"watchroom/internal/app/resident"
	"watchroom/internal/app/ruling"
	"watchroom/internal/app/sight"
	"watchroom/internal/app/signing"
	"watchroom/internal/app/site"
	"watchroom/internal/app/spill"
	"watchroom/internal/app/standing"
	"watchroom/internal/app/states"
	"watchroom/internal/app/succession"
	"watchroom/internal/app/timekeeping"
	"watchroom/internal/archive"
	"watchroom/internal/archive/remnant"
	"watchroom/internal/archive/retention/quarantine"
	"watchroom/internal/archive/shortage"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/camera/wall"
	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/clock/reference"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/live"
	"watchroom/internal/live/mse"
	"watchroom/internal/playback"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/recording"
	"watchroom/internal/regime"
	"watchroom/internal/secret"
	"watchroom/internal/source"
	"watchroom/internal/source/rtsp"
	"watchroom/internal/still"
)

// App is a running installation.
type App struct {
	Config  *config.Config
	Log     *slog.Logger
	Logs    *spill.Logs // what Log writes to, if it shall begin and end with the App
	Clock   clock.Clock
	Version string
	Demo    bool
	Web     fs.FS // the browser application

	// Given are the flags by which a command finds this installation, for people to type.
	Given string

	// Succeed makes this process the announced successor of the one that serves the data
	// folder (R8); Spawn starts one in turn where somebody asks for it. nil: nobody can.
	Succeed bool
	Spawn   func(binary string) *exec.Cmd

	// Binary gives SHA-256 of the program's file for the records; nil: nobody looks.
	Binary func() (string, error)
	// AdminPassword, if not empty, makes the account "admin" while there is no administrator.
	AdminPassword secret.Text
	// NewKey makes a new key where the data folder has lost its own: what was sealed
	// with that one, such as passwords of cameras, must be typed again.
	NewKey bool
	// OnSetupLink is told the one-time link while there is no administrator.
	OnSetupLink func(link string)

	// free tells, for a test, how much room a folder has; nil: folder.Room.
	free func(path string) (int64, string, error)

	URL     string // under which it answers, after Start
	Access  *account.Control
	Rights  *rights.Policies
	House   *organisation.Organisation
	Watched *oversight.Oversight
	Duties  *duties.Duties
	inventory.Inventory

	rows   atomic.Pointer[db.DB] // nil until it was opened
	short  *shortage.Keeper
	desk   *federation.Desk
	stops  []func() // what Close does, last first
	stands bool     // what records has been started
	// hangs tells whether a recording disk does not answer; nil: nobody knows yet.
	hangs func() bool
	// lasting is how many of stops go on behind the end of everything: the log.
	lasting int

	heir      *heir                 // what was passed on to this process; nil where it succeeds none
	incumbent *succession.Incumbent // for the next one
	succeeded chan struct{}         // closed when a successor has taken over what records
	orphaned  error                 // why nobody goes on although one had
}

// Start builds and starts everything. After an error nothing is left running.
//
// Once cameras are being recorded from the sealed copy of their list, no fault of
// the database or of anything else that people need ends that: Start tries again
// until all stands or ctx ends, and the web server says meanwhile what is wrong.
// A database that is only away is waited for in any case.
func (a *App) Start(ctx context.Context) (err error) {
	if a.Log == nil {
		a.Log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if a.Logs != nil {
		a.Logs.Start()
		a.onClose(a.Logs.Close)
	}
	a.onClose(func() {
		if a.stands {
			a.Log.Info("watchroom has stopped")
		}
	})
	a.lasting = len(a.stops)
	started := a.Clock.Now()
	f, err := a.record(ctx)
	if err != nil {
		return err
	}
	a.stands = true
	if err := a.takeOver(ctx, f); err != nil {
		return err
	}
	if err := a.standBy(ctx, f); err != nil {
		return err
	}
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		mark := len(a.stops)
		if err = a.answer(ctx, f, started); err == nil {
			return a.settleDown(ctx)
		}
		a.unwind(mark)
		recorded := len(f.fleet.Cameras())
		if ctx.Err() != nil || recorded == 0 && !db.IsAway(err) {
			return err
		}
		f.front.Because(records.Standing(err))
		log := a.Log.With("cameras", recorded, "database", a.Config.Database.Shown(), "err", err, "retry_in", wait)
		if recorded == 0 {
			log.Error("the server cannot start and tries again; nothing is recorded yet")
		} else {
			log.Error("the server cannot start whole and tries again; what is recorded goes on")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.succeeded:
			return ErrSucceeded
		case <-time.After(wait):
		}
	}
}

// settleDown gives back what only the start needed.
func (a *App) settleDown(ctx context.Context) error {
	trim := &resident.Trimmer{}
	if err := trim.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	a.onClose(trim.Close)
	return nil
}

// flow is what records, and the web server that stands before everything.
type flow struct {
	folder    *folder.Folder
	front     *front.Front
	box       *secret.Box
	bus       *event.Bus
	room      *watch
	volumes   *recording.Volumes
	puller    *rtsp.Puller
	fleet     *capture.Fleet
	catalogue *archive.Catalogue
	following *latch.Latch
	cameras   *assignment.Keeper
	time      *timekeeping.Keeper
	chronicle *chronicle.Chronicle
	tiers     []*tier.Tier
	rounds    standing.Watch
}

// record starts the picture flow with the cameras of the sealed copy.
func (a *App) record(ctx context.Context) (*flow, error) {
	folder, err := a.openFolder(ctx)
	if err != nil {
		return nil, err
	}
	listens := false
	a.onClose(func() { // the lock ends with the process anyway
		if !listens {
			_ = folder.Undo()
		}
		_ = folder.Close()
	})
	cfg := a.Config
	bus := &event.Bus{}
	room := &watch{bus: bus, clock: a.Clock, log: a.Log, limits: reference.Limits{Warn: cfg.Time.WarnOffset, Alarm: cfg.Time.AlarmOffset}}
	room.given.File, room.given.Log, room.given.Earlier = folder.Join(alarmed.FileName), a.Log, a.heir.earlier()
	if err := room.given.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	a.onClose(room.given.Close)
	volumes := volumesOf(cfg, folder, a.Clock, a.Log)
	tiers, err := a.tiers(ctx, volumes.Book)
	if err != nil {
		return nil, err
	}
	if err := recordable(ctx, volumes, folder); err != nil {
		return nil, err
	}
	room.volumes, volumes.OnSpace, volumes.Book.OnMended = volumes, room.space, room.remarked
	a.hangs = volumes.SomeHangs
	face := &front.Front{
		Config: cfg, Web: a.Web, Clock: a.Clock, Log: a.Log, Storage: func() string { return string(volumes.Space().State) },
		Alarm:  func(code, detail string, params map[string]any) { room.raise("certificate", code, detail, "", params) },
		Listen: a.listener, Pass: a.pass, Later: a.heir != nil,
	}
	if err := face.Start(); err != nil {
		return nil, err
	}
	a.URL, listens = face.URL, true
	a.onClose(face.Close)
	box, err := a.openBox(folder)
	if err != nil {
		return nil, err
	}
	if err := volumes.Start(ctx); err != nil {
		return nil, fmt.Errorf("recording folder: %w", err)
	}
	a.onClose(volumes.Close)
	puller := &rtsp.Puller{}
	if err := puller.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	a.onClose(puller.Close)
	catalogue := catalogueOf(cfg, volumes, a.Clock, a.Log)
	told := &states.Teller{Bus: bus, Look: room.camera, Every: 5 * time.Second}
	following := &latch.Latch{}
	var noted atomic.Pointer[chronicle.Chronicle] // nil until it stands; journals are looked at then in any case
	fleet := &capture.Fleet{
		Volumes: volumes, Clock: a.Clock, Log: a.Log, Gate: source.NewGate(cfg.Source.DialAtOnce, 0), Connect: puller.Run,
		SegmentLength: cfg.Recording.SegmentLength, PartLength: cfg.Recording.PartLength, Spool: int64(cfg.Recording.Spool),
		NoFrameTimeout: cfg.Source.NoFrameTimeout, NoKeyFrameTimeout: cfg.Source.NoKeyFrameTimeout,
		OnStatus: told.Mark, Earlier: a.heir.earlier(), Freed: a.heir.freed(),
		OnJournal: func(camera string) {
			following.Do(func() { catalogue.Notify(camera) })
			if c := noted.Load(); c != nil {
				c.Notify(camera)
			}
		},
	}
	if before := passed.Signed(chronicle.Folder(folder.Path)); !before.IsZero() {
		fleet.After = before.UnixMicro()
	}
	room.died = died.Teller{Clock: a.Clock, Log: a.Log, Alarm: room.raise}
	if fleet.Alive, err = room.died.Live(context.WithoutCancel(ctx), folder.Join(alive.FileName), a.heir != nil, room.mended.AddAside); err != nil {
		return nil, err
	}
	a.onClose(room.died.End)
	if err := fleet.Start(ctx); err != nil {
		return nil, err
	}
	told.All, told.Pulse = fleet.Cameras, func() { room.writing() }
	room.fleet, room.used, catalogue.OpenSegment = fleet, catalogue.Usage, fleet.OpenSegment
	told.Start(context.WithoutCancel(ctx))
	a.onClose(told.Close)
	a.onClose(fleet.Close)
	witnesses, err := witness.Parse(cfg.Ledger.Witnesses)
	if err != nil {
		return nil, err
	}
	room.time = a.timeOf(folder, fleet, volumes, room, witnesses)
	if err := room.time.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	a.onClose(room.time.Close)
	cameras := &assignment.Keeper{Fleet: fleet, Bus: bus, Box: box, File: folder.Join(assignment.FileName), Log: a.Log, Alarm: room.raise, Clock: a.Clock}
	if err := cameras.Recall(); err != nil && a.heir != nil && len(a.heir.Live) > 0 {
		return nil, fmt.Errorf("the copy of the cameras could not be read: %w", err)
	} else if err != nil {
		a.Log.Warn("the copy of the cameras could not be read; recording begins when the database answers", "err", err)
	}
	log, err := a.startChronicle(ctx, folder, fleet, volumes, room, witnesses)
	if err != nil {
		return nil, err
	}
	a.onClose(log.Close)
	a.onClose(fleet.Close) // before the log, into which comes what the recorders write last
	noted.Store(log)
	room.time.WitnessedBy(log.Signed)
	return &flow{folder, face, box, bus, room, volumes, puller, fleet, catalogue, following, cameras, room.time, log, tiers, standing.Watch{}}, nil
}

// answer opens the records and everything that people see.
func (a *App) answer(ctx context.Context, f *flow, started time.Time) error {
	cfg := a.Config
	o := records.Options(cfg)
	o.Log = a.Log
	d, err := db.Open(ctx, o)
	if err != nil {
		return &records.Error{Err: err}
	}
	a.onClose(func() {
		if err := d.Close(); err != nil {
			a.Log.Error("the database was not closed in good order", "err", err)
		}
	})
	a.rows.Store(d)
	claim, err := d.Claim(ctx)
	if err != nil {
		return &records.Error{Err: err}
	}
	a.onClose(claim.Release)
	healthy := func(ctx context.Context) error {
		if err := d.Healthy(ctx); err != nil {
			return err
		}
		return claim.Keep(ctx)
	}
	var pulse every.Loop
	pulse.Start(context.WithoutCancel(ctx), 2*time.Second, func(ctx context.Context) {
		if err := healthy(ctx); ctx.Err() == nil {
			f.room.health(err)
		}
	})
	a.onClose(func() { pulse.Close(); f.room.health(nil) })
	f.rounds.Alarm = f.room.raise
	f.rounds.Start(context.WithoutCancel(ctx))
	a.onClose(f.rounds.Close)
	rules := a.rulesOf(f, d)
	mover := a.moverOf(f, d, rules)
	f.catalogue.DB, f.catalogue.Elsewhere, f.catalogue.Kept = d, mover.Places.Open, remnant.Beside(d, f.catalogue)
	f.catalogue.Weigh, f.catalogue.Tiers = mover.Weigh, mover.Places.Names()
	kept := a.keep(f, d, rules)
	mover.Places.GivenUp = kept.absent.GivenUp
	if err := f.catalogue.Start(ctx); err != nil {
		return err
	}
	f.doubt(ctx)
	f.following.Open()
	a.onClose(func() { f.following.Shut(); f.catalogue.Close() })
	if err := mover.Start(f.rounds.Under(context.WithoutCancel(ctx), standing.Moving)); err != nil {
		return err
	}
	a.onClose(mover.Close)
	acts := f.folder.Join("acts")
	if err := os.MkdirAll(acts, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	a.onClose(f.chronicle.Acts(ctx, d))
	journal := &ledger.Journal{Dir: acts, Insert: ledger.Insert(d), Clock: a.Clock, Log: a.Log, OnAside: f.room.mended.AddAside}
	if err := journal.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("journal of acts: %w", err)
	}
	a.onClose(journal.Close)
	f.chronicle.OnTheirWay.Queue(journal.Pending)
	f.room.died.Start(context.WithoutCancel(ctx), d)
	a.onClose(f.room.died.Close)
	parameters, err := ruling.Read(context.WithoutCancel(ctx), d, f.bus, a.Clock, a.Log, a.Config)
	if err != nil {
		return err
	}
	a.onClose(parameters.Close)
	kept.by(parameters.Set)
	f.room.by(parameters.Set)
	if err := a.runsWith(ctx, f, d); err != nil {
		return err
	}
	if a.short, err = a.ask(ctx, f, d, parameters.Set); err != nil {
		return err
	}
	a.Rights = &rights.Policies{DB: d, Bus: f.bus, Clock: a.Clock, Demands: disclosure.Demands(parameters.Set), Aloof: roomcam.KeptFrom(parameters.Set), Acts: (&warrant.Reader{Log: f.chronicle, Passing: true}).Proved}
	a.Access = &account.Control{DB: d, Bus: f.bus, Clock: a.Clock, Log: a.Log, Rights: a.Rights.Current, Rules: parameters.Set}
	zone, err := time.LoadLocation(site.ZoneName(a.Config))
	if err != nil {
		return fmt.Errorf("time zone of the site: %w", err)
	}
	a.House = organisation.New(d, f.bus, a.Clock, a.Access, a.Rights, parameters.Set, zone)
	a.Watched = oversight.New(d, f.bus, a.Clock, a.Access, a.Rights, parameters.Set, zone, f.room.raise, a.Log)
	a.Duties = duties.New(duties.House{DB: d, Bus: f.bus, Clock: a.Clock, Rules: parameters.Set, Zone: zone, Accounts: a.Access, Files: a.House.Files, Attached: f.folder.Join("duty-files"), Watched: a.Watched, Raise: f.room.raise, Log: a.Log})
	if err := a.Access.Start(ctx); err != nil {
		return err
	}
	if err := a.Watched.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	a.onClose(a.Watched.Close)
	signs, err := signing.Start(ctx, signing.Parts{Config: a.Config, DB: d, Bus: f.bus, Clock: a.Clock, Log: a.Log, Box: f.box, Rules: parameters.Set, Account: a.Access, Files: a.House.Files, Alarm: f.room.raise})
	if err != nil {
		return err
	}
	a.onClose(signs.Close)
	a.Inventory = inventory.New(d, f.bus, a.Clock, f.box, a.House.Areas, a.Rights.Changed, parameters.Set, zone)
	f.cameras.Registry, f.cameras.Names = a.Registry, a.Access.Names
	if err := kept.start(ctx, a, f, mover.Places); err != nil {
		return err
	}
	f.cameras.Start(context.WithoutCancel(ctx))
	a.onClose(f.cameras.Close)
	if err := a.openDesk(ctx, f, d); err != nil {
		return err
	}
	signs.Through(a.desk)
	a.Watched.Reviews.Groups = a.desk.Groups
	handler, running, err := a.face(ctx, f, d, mover, journal, kept, signs, parameters, started)
	if err != nil {
		return err
	}
	// The account comes first: who sees that the server is ready may sign in.
	if a.AdminPassword != "" {
		if _, err := a.Access.EnsureAdmin(ctx, a.AdminPassword); err != nil {
			return fmt.Errorf("account admin: %w", err)
		}
	}
	token, err := a.Access.SetupToken(ctx)
	if err != nil {
		return err
	}
	f.front.Open(handler)
	f.front.Begin()
	a.incumbent.Serve(true)
	a.onClose(func() { a.incumbent.Serve(false) })
	a.onClose(f.front.Close) // before anything that requests need
	a.onClose(running.Close) // and before it: what runs lets go, so that it need not wait
	a.welcome(token)
	return nil
}

// face builds what people see.
func (a *App) face(ctx context.Context, f *flow, d *db.DB, mover *tier.Mover, journal *ledger.Journal, kept *keeping, signs *signing.Signing, parameters *regime.Parameters, started time.Time) (http.Handler, *route.Running, error) {
	cfg := a.Config
	stills := &still.Maker{FFmpeg: cfg.FFmpeg.Path, Off: cfg.FFmpeg.Path == ""}
	library := &playback.Library{Catalogue: f.catalogue, Stills: stills, OnBroken: sight.NoteBroken(context.WithoutCancel(ctx), d, a.Clock, a.Log)}
	viewers := &live.Viewers{Max: cfg.Live.MaxSessions}
	a.onClose(viewers.Close)
	feeds := &sight.Feeds{Fleet: f.fleet, Clock: a.Clock}
	webrtc, err := (&ports.Opener{Config: cfg, Streams: feeds, Viewers: viewers, Clock: a.Clock, Log: a.Log, Before: a.heir.left(), Next: a.incumbent,
		Alarm: func(code, detail string, params map[string]any) { f.room.raise("live ports", code, detail, "", params) }}).Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	a.onClose(webrtc.Close)
	sockets := &mse.Server{Streams: feeds, Viewers: viewers, Log: a.Log, Clock: a.Clock}
	if err := sockets.Start(ctx); err != nil {
		return nil, nil, err
	}
	a.onClose(sockets.Close)
	running := &route.Running{Bus: f.bus, Clock: a.Clock, Log: a.Log}
	if err := running.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, nil, err
	}
	a.onClose(running.Close)
	commands := &beside.Watch{DB: d, Clock: a.Clock, Log: a.Log, Changed: a.Rights.Changed, Alarm: f.room.raise}
	if err := commands.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, nil, err
	}
	a.onClose(commands.Close)
	var metrics *prometheus.Registry
	if cfg.Metrics.Enabled {
		metrics = prometheus.NewRegistry()
		if err := figures.Register(metrics, f.fleet, f.volumes, viewers); err != nil {
			return nil, nil, err
		}
	}
	snapshots := &snapshot.Snapshots{DB: d, Clock: a.Clock, Dir: f.folder.Join("snapshots"), Warrants: &warrant.Reader{Log: f.chronicle}}
	refusals, err := a.Watched.Trail(ctx, journal)
	if err != nil {
		return nil, nil, err
	}
	removal, err := a.startRemoval(ctx, f, d, mover, kept, snapshots, snapshots, library, &quarantine.Store{DB: d, Clock: a.Clock, Roots: f.roots})
	if err != nil {
		return nil, nil, err
	}
	marks := &mark.Maker{Secret: f.box.Derive("marks"), Rules: parameters.Set}
	watching, err := a.keepWatch(ctx, f, kept, signs)
	if err != nil {
		return nil, nil, err
	}
	deps := api.Deps{
		Log: a.Log, Clock: a.Clock, Started: started, Proxies: site.Proxies(cfg), Version: a.Version, Given: a.Given, Listen: f.front.Address,
		SiteName: cfg.Site.Name, TimeZone: site.ZoneName(cfg), Demo: a.Demo, Web: a.Web, Metrics: metrics,
		DB: d, Bus: f.bus, Running: running, Access: a.Access, Rights: a.Rights, Positions: a.House.Positions, Refusals: refusals, Factors: signs.Factors, Consoles: signs.Consoles, Shared: signs.Shared, Kiosks: signs.Kiosks, Public: cfg.PublicURL,
		Areas: a.House.Areas, Units: a.House.Units, Files: a.House.Files,
		Emergencies: a.Watched.Emergencies, Reviews: a.Watched.Reviews, Reviewed: a.Watched.Reviewed,
		Directories: a.desk, Certificate: f.front.Certificate, Authority: f.front.Authority, Timeline: f.catalogue,
		Plans: kept.plans, Days: kept.days, Losses: kept.losses, Faults: kept.faults, Proofs: kept.proofs, Capacity: kept.capacity, Live: liveapi.FromFleet(f.fleet), WHEP: webrtc, MSE: sockets,
		Viewers: viewers, Journal: journal, Ledger: f.chronicle, System: f.room, Storage: &depot.Depot{Disks: f.volumes, Writing: f.room.writingTo, Mover: mover}, Shortage: a.short, FFmpeg: stills.Version,
		Lost:    &assignment.Lost{Registry: a.Registry, Copy: f.cameras.Copy, Footage: f.catalogue},
		Cameras: a.Registry, Masks: a.Masks, SideDoors: a.Doors, Rooms: a.Rooms, Fleet: f.fleet, Pictures: &sight.Sight{Library: library, Clock: a.Clock, Maker: stills}, Layouts: &wall.Layouts{DB: d, Clock: a.Clock}, Duty: watching,
		Probe: func(ctx context.Context, c source.Config) (source.ProbeResult, error) {
			return source.Probe(ctx, f.puller.Run, c)
		},
		Viewings: &disclosure.Viewings{DB: d, Bus: f.bus, Clock: a.Clock, Rules: parameters.Set, Marks: marks, Reasons: a.Watched.Reasons, Seconds: &second.Asks{DB: d, Bus: f.bus, Clock: a.Clock, Rules: parameters.Set}}, Marks: marks, Parameters: parameters, Footage: viewing.FromLibrary(library),
		Bookmarks: &bookmark.Bookmarks{DB: d, Clock: a.Clock}, Snapshots: snapshots,
	}
	removal.tell(&deps, f)
	handler, err := api.New(deps)
	return handler, running, err
}

func (a *App) onClose(f func()) { a.stops = append(a.stops, f) }

// Close stops everything in the opposite order of Start and waits.
func (a *App) Close() {
	if a.stands && len(a.stops) > 0 {
		a.Log.Info("watchroom is stopping; what has arrived is written out")
	}
	a.endAll()
}

// unwind stops what was started after the first n parts, last first.
func (a *App) unwind(n int) {
	for len(a.stops) > n {
		a.last()()
	}
}

// last takes the last of stops.
func (a *App) last() (stop func()) {
	last := len(a.stops) - 1
	stop = a.stops[last]
	a.stops = a.stops[:last]
	return stop
}

// welcome tells the link that makes the first account while there is none.
func (a *App) welcome(token secret.Text) {
	if token == "" || a.OnSetupLink == nil {
		return
	}
	a.OnSetupLink(cmp.Or(a.Config.PublicURL, a.URL) + "/setup#token=" + token.Reveal())
}
